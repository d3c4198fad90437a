package testkit

import (
	"testing"

	"heapprof/internal/testkit/fixture"
)

// BuildCargo is c.Build; where cargo, the network or the target is missing, it
// skips the test.
func BuildCargo(t testing.TB, c fixture.Cargo) string {
	t.Helper()
	out, err := c.Build()
	check(t, err)
	return out
}

// BuildLinked is l.Build; where a compiler or the allocator is missing, it skips
// the test.
func BuildLinked(t testing.TB, l fixture.Linked, source string) string {
	t.Helper()
	out, err := l.Build(source)
	check(t, err)
	return out
}
