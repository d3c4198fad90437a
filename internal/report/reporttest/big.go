package reporttest

import (
	"bytes"
	"os"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Big returns a profile for benchmarks: one whose file has 20 MiB, or the one that the environment
// variable HEAPPROF_PROFILE names.
func Big(t testing.TB) *profile.Profile {
	t.Helper()
	if name := os.Getenv("HEAPPROF_PROFILE"); name != "" {
		p, err := format.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		return p
	}
	var file bytes.Buffer
	if err := testkit.WriteBigProfile(&file, 20<<20); err != nil {
		t.Fatal(err)
	}
	p, err := format.Read(&file)
	if err != nil {
		t.Fatal(err)
	}
	return p
}
