//go:build linux && (amd64 || arm64)

package launch

import (
	"fmt"
	"slices"
	"strings"

	"heapprof/internal/tracker/wire"
)

// sanitizerOption keeps AddressSanitizer from ending a program that has another library
// before it. The tracker library calls AddressSanitizer's malloc, so that finds all it would.
const sanitizerOption = "verify_asan_link_order=0"

// pythonMalloc says which allocator CPython has. Its own has most objects in arenas, in which nobody sees them.
const pythonMalloc = "PYTHONMALLOC"

// WithPythonsBlocks returns env with what makes CPython ask the C library for each object, unless that says already where it is
// to have them from.
func WithPythonsBlocks(env []string) []string {
	if slices.ContainsFunc(env, func(e string) bool { return strings.HasPrefix(e, pythonMalloc+"=") }) {
		return env
	}
	return append(env, pythonMalloc+"=malloc")
}

// Environment returns env with what makes the loader load the tracker library, and what the
// library finds the shared memory by: the process self, by its directory in /proc, has that
// open as descriptor. library is the path of the library; if it is empty, nothing of ours
// is loaded. Libraries that the user preloads stay, behind ours.
func Environment(env []string, library string, self, descriptor int) []string {
	out := make([]string, 0, len(env)+3)
	preloaded, sanitizer := library, sanitizerOption
	for _, e := range env {
		name, value, _ := strings.Cut(e, "=")
		switch name {
		case "LD_PRELOAD":
			if value != "" {
				preloaded = library + ":" + value
			}
		case "ASAN_OPTIONS":
			if value != "" {
				sanitizer = value + ":" + sanitizerOption
			}
		case wire.Env:
		default:
			out = append(out, e)
		}
	}
	return append(out,
		"LD_PRELOAD="+preloaded,
		"ASAN_OPTIONS="+sanitizer,
		fmt.Sprintf("%s=%d:%d", wire.Env, self, descriptor))
}
