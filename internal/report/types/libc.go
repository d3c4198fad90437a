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
	kinds  []libcKind        // by frame
	said   map[uint32]string // by frame of the C library that says something
	beside bool              // the program has a C library beside it, so that its functions are nowhere else
}

func newLibcTypes(p *profile.Profile, f *frames.Table) *libcTypes {
	l := &libcTypes{frames: f, kinds: make([]libcKind, len(p.Frames)), said: make(map[uint32]string)}
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
// where it is not known. The innermost function of the C library that says what it allocates decides, but
// that functions which make a text write it to a stream, whose buffer is what they return.
func (l *libcTypes) typeOf(stack []uint32) string {
	isStream := false
	for _, i := range stack {
		if l.kinds[i] == unasked {
			l.kinds[i] = l.find(i)
		}
		kind := l.kinds[i]
		if kind == notLibc {
			break
		}
		isStream = isStream || kind == streams
		if kind == tells && (!isStream || l.said[i] == madeText) {
			return l.said[i]
		}
	}
	if isStream {
		return streamBuffer
	}
	return ""
}

// libcKind is what a frame is to the C library.
type libcKind uint8

const (
	unasked libcKind = iota
	notLibc          // none of its functions
	silent           // one that says nothing
	streams          // one that allocates for a stream in memory
	tells            // one that says what it allocates
)

func (l *libcTypes) find(i uint32) libcKind {
	f := l.frames.Frame(i)
	if !l.isOf(f) {
		return notLibc
	}
	name := libcBlock(f.Function)
	if name == "" {
		return silent
	}
	l.said[i] = name
	if name == streamBuffer {
		return streams
	}
	return tells
}

const (
	streamBuffer = "memory stream buffer" // what streams write to that are in memory alone
	madeText     = "char[]"
)

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
