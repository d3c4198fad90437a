package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
)

const tinyProfile = `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":false,"bkacc":false,
"tu":"instrs","Mtu":"Minstr","cmd":"tiny","pid":1,"te":1,
"pps":[{"tb":10,"tbk":1,"fs":[1]}],"ftbl":["[root]","0x1: main (m.c:1)"]}`

func TestPProfRefusesATerminalOnly(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		terminal bool
		status   int
	}{
		{"a terminal", []string{"pprof", "-"}, true, console.ExitUsage},
		{"a terminal as -", []string{"pprof", "-", "-o", "-"}, true, console.ExitUsage},
		{"a pipe", []string{"pprof", "-"}, false, console.ExitOK},
		{"a file, from a terminal", []string{"pprof", "-", "-o", filepath.Join(t.TempDir(), "x.pb.gz")}, true, console.ExitOK},
	} {
		var out, stderr bytes.Buffer
		s := &console.Streams{In: strings.NewReader(tinyProfile), Out: &out, Err: &stderr, OutTerminal: c.terminal}
		if status := Run(s, c.args); status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, stderr.String())
		}
		if c.status != console.ExitOK && (out.Len() > 0 || !strings.Contains(stderr.String(), "-o heap.pb.gz")) {
			t.Errorf("%s: %d bytes written, said %q", c.name, out.Len(), stderr.String())
		}
	}
}

func TestFlameAndPProfLeaveNoPartOfAFile(t *testing.T) {
	dir := t.TempDir()
	// The directory's own name cannot be replaced by a file.
	for _, args := range [][]string{
		{"flame", "-", "--format", "svg", "-o", dir},
		{"pprof", "-", "-o", dir},
		{"flame", "-", "--metric", "end-bytes", "-o", filepath.Join(dir, "x.svg")}, // the file lacks it
	} {
		var stderr bytes.Buffer
		s := &console.Streams{In: strings.NewReader(tinyProfile), Out: &bytes.Buffer{}, Err: &stderr}
		if status := Run(s, args); status != console.ExitFailure {
			t.Errorf("%v: status %d: %s", args, status, stderr.String())
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}
