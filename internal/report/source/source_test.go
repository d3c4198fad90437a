package source

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

func TestALineIsReadWithoutTheSpaceAroundIt(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.c")
	if err := os.WriteFile(file, []byte("int main(void) {\n\treturn 0; \r\n}\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	r := NewReader(time.Time{})
	for line, want := range map[int]string{0: "", 1: "int main(void) {", 2: "return 0;", 3: "}", 4: "", 5: "", -1: ""} {
		if got := r.Line(file, line); got != want {
			t.Errorf("line %d: %q, want %q", line, got, want)
		}
	}
}

func TestAFileThatIsNotTheOneThatRanIsNotRead(t *testing.T) {
	file := filepath.Join(t.TempDir(), "a.c")
	if err := os.WriteFile(file, []byte("x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := NewReader(time.Now().Add(-time.Hour)).Line(file, 1); got != "" {
		t.Errorf("changed since: %q", got)
	}
	if got := NewReader(time.Now().Add(time.Hour)).Line(file, 1); got != "x" {
		t.Errorf("not changed since: %q", got)
	}
	if got := NewReader(time.Time{}).Line(filepath.Dir(file), 1); got != "" {
		t.Errorf("a directory: %q", got)
	}
}
