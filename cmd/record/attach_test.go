package record

import (
	"io/fs"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"heapprof/cmd/opening"
)

func TestAFileIsToldFromAProcess(t *testing.T) {
	self := strconv.Itoa(os.Getpid())
	if err := opening.ErrRead(self, fs.ErrNotExist); !strings.Contains(err.Error(), "heapprof attach "+self) {
		t.Errorf("a process's number for a file: %v", err)
	}
	name := filepath.Join(t.TempDir(), "prog.json")
	if err := os.WriteFile(name, []byte(`{"dhatFileVersion":2,"mode":"heap"}`), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, _, err := findProcess(name); err == nil || !strings.Contains(err.Error(), "heapprof report shows it") {
		t.Errorf("a profile for a process: %v", err)
	}
}
