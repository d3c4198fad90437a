package testkit

import (
	"testing"

	"heapprof/internal/testkit/fixture"
)

// BuildCargo builds a Rust program, and returns its path. It skips the test where cargo,
// the network or the target is missing, and fails it for any other error.
func BuildCargo(t testing.TB, c fixture.Cargo) string {
	t.Helper()
	out, err := c.Build()
	check(t, err)
	return out
}

// BuildLinked builds a program of testdata/programs with an allocator linked into it, and
// returns its path. It skips the test where the compiler or the allocator is missing, and
// fails it for any other error.
func BuildLinked(t testing.TB, l fixture.Linked, source string) string {
	t.Helper()
	out, err := l.Build(source)
	check(t, err)
	return out
}
