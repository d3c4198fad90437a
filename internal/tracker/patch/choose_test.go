package patch

import (
	"testing"

	"heapprof/internal/testkit"
)

// TestNamesThatOthersHaveTooAreNotHookedWithoutASign has a program's own mi_free, tc_new
// and valloc, and no function that only an allocator has.
func TestNamesThatOthersHaveTooAreNotHookedWithoutASign(t *testing.T) {
	testkit.Tool(t, "gcc")
	if got := summary(read(t, testkit.Build(t, "namesakes.c", "-O1", "-g"), Options{})); len(got) > 0 {
		t.Errorf("%v, want none", got)
	}
}
