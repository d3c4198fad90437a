//go:build linux && (amd64 || arm64)

package tracker

import (
	"os"
	"testing"
)

// withOutput runs a recording whose program gets a file as this process's
// standard output, and returns what it wrote.
func withOutput(t *testing.T, run func() (*Result, error)) (*Result, string) {
	t.Helper()
	output, err := os.CreateTemp(t.TempDir(), "output")
	if err != nil {
		t.Fatal(err)
	}
	defer output.Close()
	stdout := os.Stdout
	os.Stdout = output
	result, err := run()
	os.Stdout = stdout
	if err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(output.Name())
	if err != nil {
		t.Fatal(err)
	}
	return result, string(text)
}
