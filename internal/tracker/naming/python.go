//go:build linux && (amd64 || arm64)

package naming

import (
	"cmp"
	"io"
	"os"
	"path/filepath"
	"strings"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/regular"
	"heapprof/internal/symbol/pyscope"
	"heapprof/internal/tracker/replay"
	"heapprof/internal/tracker/wire"
)

// unnamedPython is the marker for a function of Python's of which there is only known that it is one.
const unnamedPython = "[Python]"

// pythonFrame returns the frame at a place of a function of Python's.
func (n *Names) pythonFrame(at replay.Place) profile.Frame {
	number, line := wire.PythonCode(at.PC())
	code, ok := n.state.Codes[number]
	if !ok || code.Name == "" {
		return profile.Marker(unnamedPython)
	}
	if number >= wire.JavaCodes {
		return javaFrame(code, line)
	}
	frame := profile.Frame{Function: n.python.name(code, line, n.state.Facts, n.options.Made), Language: profile.Python}
	if code.File != "" && line != 0 {
		frame.File, frame.Line = code.File, line
	}
	return frame
}

// pythonSources are the sources of the functions of CPythons before 3.11, which do not say within which class or function they are.
type pythonSources struct {
	files map[string]*pyscope.File // by the names that code has for them; nil: there is none, or it may be another one now
}

// name returns a function's name: since 3.11 as it calls itself, before with the classes and functions that it is within, if its source
// tells that for certain.
func (s *pythonSources) name(code replay.Code, line int, of replay.Facts, made *Made) string {
	const qualified = 0x030b0000
	if of.PythonVersion >= qualified || line == 0 || strings.HasPrefix(code.Name, "<") || strings.HasPrefix(code.File, "<") {
		return code.Name
	}
	file, ok := s.files[code.File]
	if !ok {
		if s.files == nil {
			s.files = make(map[string]*pyscope.File)
		}
		file = readPython(code.File, of, made)
		s.files[code.File] = file
	}
	if file == nil {
		return code.Name
	}
	return cmp.Or(file.Qualified(code.Name, line), code.Name)
}

// readPython reads the source of which the code of a process's was made. It returns nil where that is not at hand, or was changed since.
func readPython(name string, of replay.Facts, made *Made) *pyscope.File {
	f, begun := openPython(name, of, made)
	if f == nil {
		return nil
	}
	defer f.Close()
	const most = 16 << 20 // bytes
	info, err := f.Stat()
	if err != nil || info.ModTime().After(begun) || info.Size() > most {
		return nil
	}
	text, err := io.ReadAll(io.LimitReader(f, most))
	if err != nil {
		return nil
	}
	if file, ok := pyscope.Read(text); ok {
		return &file
	}
	return nil
}

// openPython opens the source that code of a process's has by this name, and returns when the process had not begun yet. It returns nil where
// there is none.
func openPython(name string, of replay.Facts, made *Made) (f *os.File, begun time.Time) {
	if of.Proc != 0 {
		path := of.Proc.InRoot(name)
		if !filepath.IsAbs(name) {
			path = filepath.Join(of.Proc.Path("cwd"), name)
		}
		if f, err := regular.Open(path); err == nil {
			return f, time.Now().Add(-of.Proc.Age())
		}
	}
	if made == nil {
		return nil, begun
	}
	// It has ended, and began after the recording had.
	f, err := regular.Open(name)
	if err != nil {
		return nil, begun
	}
	return f, made.begun
}
