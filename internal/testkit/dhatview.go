package testkit

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// dhatViewScript runs an installed viewer under Node. The viewer itself is
// valgrind's, under the GPL, and is no part of heapprof.
//
//go:embed dhatview.js
var dhatViewScript []byte

// ViewResult is what DHAT's viewer makes of a profile: the sums of its columns, 0 for
// columns that the profile lacks, and the tree as the viewer shows it at first.
type ViewResult struct {
	TotalBytes, TotalBlocks uint64
	TotalLifetime           uint64
	PeakBytes, PeakBlocks   uint64
	EndBytes, EndBlocks     uint64
	ReadBytes, WrittenBytes uint64

	Points  int    // program points in the file
	Metrics int    // sort metrics under which the tree was displayed
	Text    string // what the page shows under the default metric
}

// DHATView loads file, which must not be compressed, into the viewer that valgrind brings.
// It fails the test if the viewer rejects the file, and skips it where Node or the viewer
// is missing.
func DHATView(t testing.TB, file string) ViewResult {
	t.Helper()
	result, complaint := TryDHATView(t, file)
	if complaint != "" {
		t.Fatalf("DHAT's viewer rejects %s: %s", file, complaint)
	}
	return result
}

// TryDHATView loads file, which must not be compressed, into the viewer that valgrind
// brings, and returns the viewer's complaint if it rejects the file. It skips the test
// where Node or the viewer is missing.
func TryDHATView(t testing.TB, file string) (result ViewResult, complaint string) {
	t.Helper()
	node := Tool(t, "node")
	viewer := findDHATViewer(t)
	script := filepath.Join(t.TempDir(), "dhatview.js")
	if err := os.WriteFile(script, dhatViewScript, 0o644); err != nil {
		t.Fatal(err)
	}
	var stdout, stderr bytes.Buffer
	cmd := exec.Command(node, script, viewer, file)
	cmd.Stdout, cmd.Stderr = &stdout, &stderr
	if err := cmd.Run(); err != nil {
		if stderr.Len() == 0 {
			t.Fatalf("node %s: %v", script, err)
		}
		return result, strings.TrimSpace(stderr.String())
	}
	if err := json.Unmarshal(stdout.Bytes(), &result); err != nil {
		t.Fatalf("node %s: %v", script, err)
	}
	return result, ""
}

// findDHATViewer returns the path of valgrind's dh_view.js, which lies beside
// its tools: under the prefix that valgrind's own program is in.
func findDHATViewer(t testing.TB) string {
	t.Helper()
	prefixes := []string{"/usr", "/usr/local"}
	if valgrind, err := exec.LookPath("valgrind"); err == nil {
		prefixes = append([]string{filepath.Dir(filepath.Dir(valgrind))}, prefixes...)
	}
	for _, prefix := range prefixes {
		for _, dir := range []string{"libexec/valgrind", "lib/valgrind", "lib/*/valgrind", "lib64/valgrind"} {
			found, _ := filepath.Glob(filepath.Join(prefix, dir, "dh_view.js"))
			if len(found) > 0 {
				return found[0]
			}
		}
	}
	Skip(t, "valgrind's dh_view.js is not installed")
	return ""
}
