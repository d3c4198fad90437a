package patch

import (
	"testing"

	"heapprof/internal/testkit"
)

// BenchmarkRead plans for a large program, which has no allocator of the families and
// one of the user's: what is left is reading symbols, and the search for branches.
func BenchmarkRead(b *testing.B) {
	path := testkit.Tool(b, "go")
	f, err := ParseAlloc("runtime.mallocgc(size=1)")
	if err != nil {
		b.Fatal(err)
	}
	for b.Loop() {
		if _, err := Read(path, Options{Functions: []Function{f}}); err != nil {
			b.Fatal(err)
		}
	}
}
