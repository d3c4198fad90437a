package types

import (
	"path"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// libcTypes tells the types of blocks that the C library allocates: its own, and those that
// it gives to its callers.
type libcTypes struct {
	frames *frames.Table
	said   map[uint32]string // by frame of the C library, "" for a function that says nothing
	beside bool              // the program has a C library beside it, so that its functions are nowhere else
}

func newLibcTypes(p *profile.Profile, f *frames.Table) *libcTypes {
	l := &libcTypes{frames: f, said: make(map[uint32]string)}
	for i := range p.Modules {
		l.beside = l.beside || isLibc(p.Modules[i].Path)
	}
	return l
}

// isLibc reports whether a module is the C library, or its loader.
func isLibc(module string) bool {
	base := path.Base(module)
	for _, prefix := range libcModules {
		if strings.HasPrefix(base, prefix) {
			return true
		}
	}
	return false
}

// libcModules are how the names of glibc's and musl's files begin.
var libcModules = []string{"libc.so", "libc-2", "libc.musl-", "ld-musl-", "ld-linux", "ld-2", "libpthread", "libdl", "libresolv", "libnss_"}

// typeOf returns the type of the blocks of a stack (indices of frames from the allocator's caller outward), ""
// where it is not known. The innermost function of the C library that says what it allocates decides.
func (l *libcTypes) typeOf(stack []uint32) string {
	for _, i := range stack {
		f := l.frames.Frame(i)
		if !l.isOf(f) {
			return ""
		}
		name, ok := l.said[i]
		if !ok {
			name = libcBlock(f.Function)
			l.said[i] = name
		}
		if name != "" {
			return name
		}
	}
	return ""
}

// isOf reports whether a frame is of the C library: it is in its file or, in a static
// program, by its name.
func (l *libcTypes) isOf(f *frames.Frame) bool {
	if f.Module != "" && isLibc(f.Module) {
		return true
	}
	return !l.beside && f.Plumbing && !names.HasParameters(f.Function) && !strings.Contains(f.Function, "::")
}

// libcBlock returns what blocks a function of the C library allocates, "" where that is not known.
func libcBlock(function string) string {
	// glibc's functions have names for the library's own use, too: __opendir, _IO_new_fopen, __GI_fopen.
	if name, ok := libcFunctions[function]; ok {
		return name
	}
	bare := strings.TrimLeft(function, "_")
	for _, prefix := range [...]string{"IO_new_", "IO_", "GI_", "libc_"} {
		bare = strings.TrimPrefix(bare, prefix)
	}
	if name, ok := libcFunctions[strings.TrimLeft(bare, "_")]; ok {
		return name
	}
	for _, p := range libcPrefixes {
		if strings.HasPrefix(function, p.prefix) {
			return p.name
		}
	}
	return ""
}
