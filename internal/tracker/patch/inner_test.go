package patch

import (
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestWhatAFunctionJumpsToIsHookedWhereOthersCallIt has a malloc that only jumps to its
// code, which another function calls as well: with -s nothing names that. With -DTIGHT
// there is no room for a hook in the jump.
func TestWhatAFunctionJumpsToIsHookedWhereOthersCallIt(t *testing.T) {
	testkit.Tool(t, "gcc")
	const inner, itself = "jumps-to malloc at 0x", "hooked: malloc"
	for flags, want := range map[string]string{"-s": inner, "-g": itself, "-s -DTIGHT": inner, "-g -DTIGHT": inner} {
		got := summary(read(t, testkit.Build(t, "inner.c", append(strings.Fields(flags), "-O1", "-fno-builtin", "-rdynamic")...), Options{}))
		if !strings.HasPrefix(got["malloc"], want) || got["free"] != "hooked: malloc" {
			t.Errorf("%s: %v, want malloc %s", flags, got, want)
		}
	}
}
