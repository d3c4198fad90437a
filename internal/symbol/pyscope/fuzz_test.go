package pyscope

import (
	"os"
	"strings"
	"testing"
)

func readFile(t *testing.T, path string) File {
	t.Helper()
	text, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	f, ok := Read(text)
	if !ok {
		t.Fatalf("it does not take %s", path)
	}
	return f
}

// FuzzRead feeds what is no source: each line is of one scope at most of each name, and scopes lie within those that they are in.
func FuzzRead(f *testing.F) {
	f.Add([]byte(source))
	f.Add([]byte("class A:\n def f(): '''"))
	f.Add([]byte("@a\n@b\ndef f(\n):\\\n pass"))
	f.Fuzz(func(t *testing.T, text []byte) {
		file, ok := Read(text)
		if !ok {
			return
		}
		lines := 1 + strings.Count(string(text), "\n") + strings.Count(string(text), "\r")
		for i, s := range file.scopes {
			if s.name == "" || s.first < 1 || s.last < s.first || s.last > lines || s.parent >= i {
				t.Fatalf("%+v of %d lines", s, lines)
			}
			if s.parent >= 0 && (file.scopes[s.parent].first > s.first || file.scopes[s.parent].last < s.last) {
				t.Fatalf("%+v is not in %+v", s, file.scopes[s.parent])
			}
			if got := file.Qualified(s.name, s.last); got != "" && !strings.HasSuffix(got, s.name) {
				t.Fatalf("%q of %q", got, s.name)
			}
		}
	})
}
