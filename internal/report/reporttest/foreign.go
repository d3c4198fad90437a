package reporttest

import (
	"path/filepath"
	"regexp"
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

// ForeignFiles returns the names of profiles as other tools wrote them, of every format that is read.
func ForeignFiles(t *testing.T) (files []string) {
	t.Helper()
	all, err := filepath.Glob(filepath.Join(testkit.Root(t), "testdata", "profiles", "*"))
	if err != nil {
		t.Fatal(err)
	}
	for _, file := range all {
		if format.IsProfile(file) {
			files = append(files, file)
		}
	}
	if len(files) < 8 {
		t.Fatalf("there are only %s", files)
	}
	return files
}

// Untrue returns what a text says that is never true of another tool's profile, or looks like no number; "" where there is nothing of the kind.
func Untrue(text string) string {
	return regexp.MustCompile(`older heapprof|without --sample|NaN|%!|\bInf\b|[^0-9.]0 s of|18446744073709551615|nothing was (allocated|recorded)`).FindString(text)
}
