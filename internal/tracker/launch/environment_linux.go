//go:build linux && (amd64 || arm64)

package launch

import (
	"fmt"
	"strings"

	"heapprof/internal/tracker/wire"
)

// AddressSanitizer demands to be the first library, and ends a program that has
// another one before it. Ours hands on to its malloc, so it finds what it finds.
const sanitizerOption = "verify_asan_link_order=0"

// Environment adds to env what makes the loader load the tracker library and the library find
// the shared memory, which process self (by its directory in /proc) has open by that
// descriptor. What the user preloads stays, behind ours; library may be empty.
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
