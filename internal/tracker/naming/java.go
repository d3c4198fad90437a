//go:build linux && (amd64 || arm64)

package naming

import (
	"path"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/tracker/replay"
)

// javaFrame returns the frame at a line of a function of Java's: with the function's name as stack traces have it, within its
// class and package, and with its source file by the package's directory, as source trees have it.
func javaFrame(code replay.Code, line int) profile.Frame {
	class, method := code.Name, ""
	if i := strings.LastIndexByte(code.Name, '.'); i >= 0 {
		class, method = code.Name[:i], code.Name[i:]
	}
	frame := profile.Frame{Function: strings.ReplaceAll(withoutAddress(class), "/", ".") + method, Language: profile.Java}
	if code.File != "" && line != 0 {
		frame.File, frame.Line = path.Join(path.Dir(class), code.File), line
	}
	return frame
}

// withoutAddress returns the name of a class without the address, or the number of its making, that the Java machine appends to
// those of classes that it makes while it runs: as lambdas are. It is another one in each run.
func withoutAddress(class string) string {
	for _, begin := range []string{"/0x", "+0x"} {
		class, _, _ = strings.Cut(class, begin)
	}
	if name, _, ok := strings.Cut(class, "$$Lambda$"); ok {
		return name + "$$Lambda"
	}
	return class
}
