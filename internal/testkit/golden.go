package testkit

import (
	"bytes"
	"os"
	"testing"
)

// Golden compares what a test has with what a golden file has. With update, a test's own flag, it
// writes the file anew instead.
func Golden(t testing.TB, path string, got []byte, update bool) {
	t.Helper()
	if update {
		if err := os.WriteFile(path, got, 0o666); err != nil {
			t.Fatal(err)
		}
		return
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("%s differs (see testdata/README.md)\ngot:\n%s\nwant:\n%s", path, got, want)
	}
}
