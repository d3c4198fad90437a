//go:build linux && (amd64 || arm64)

package naming

import (
	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// unnamedPython is the marker for a function of Python's of which there is only known that it is one.
const unnamedPython = "[Python]"

// pythonFrame returns the frame at a place of a function of Python's, which is one of codes.
func pythonFrame(at replay.Place, codes map[uint32]replay.Code) profile.Frame {
	number, line := wire.PythonCode(at.PC())
	code, ok := codes[number]
	if !ok || code.Name == "" {
		return profile.Marker(unnamedPython)
	}
	if number >= wire.JavaCodes {
		return javaFrame(code, line)
	}
	frame := profile.Frame{Function: code.Name, Language: profile.Python}
	if code.File != "" && line != 0 {
		frame.File, frame.Line = code.File, line
	}
	return frame
}
