package reporttest

import (
	"path/filepath"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// Foreign reads a profile that another tool wrote, from testdata/profiles.
func Foreign(t *testing.T, name string) *profile.Profile {
	t.Helper()
	p, err := format.ReadFile(filepath.Join(testkit.Root(t), "testdata", "profiles", name))
	if err != nil {
		t.Fatal(err)
	}
	return p
}
