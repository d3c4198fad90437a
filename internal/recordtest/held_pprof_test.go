//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os/exec"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/testkit"
)

// TestGoToolPProfShowsThroughWhatAVariableHoldsBlocks has a tree of branches, each with a string, and looks at what its variable holds by the
// paths: together they are as many bytes as the program counts.
func TestGoToolPProfShowsThroughWhatAVariableHoldsBlocks(t *testing.T) {
	t.Parallel()
	r, counts := heldProgram{}.record(t)
	file := filepath.Join(t.TempDir(), "heap.pb.gz")
	if c := testkit.Run(t, exec.Command("heapprof", "pprof", r.File, "-o", file)); c.Status != 0 {
		t.Fatal(c.Stderr)
	}
	const tree = "-tagfocus=owner=^g_tree "
	tags := goPProf(t, "-tags", "-unit=B", "-sample_index=held_space", tree, file)
	branch := `Branch \(held\.cc:\d+\) chained`
	ends := []string{branch, branch + ` → std::string \(held\.cc:\d+\)`, branch + ` → std::string \(held\.cc:\d+\) → std::string \(held\.cc:\d+\)`}
	sum := uint64(0)
	for _, path := range ends {
		match := regexp.MustCompile(`(?m)^ +(\d+)B \([^)]*\): ` + path + `$`).FindStringSubmatch(tags)
		if match == nil {
			t.Errorf("no path is %s", path)
			continue
		}
		n, err := strconv.ParseUint(match[1], 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	if want := counts["g_tree_bytes"]; sum != want || want == 0 {
		t.Errorf("by these paths %d bytes are held, the program counted %d", sum, want)
	}
	rooted := goPProf(t, "-traces", "-sample_index=held_space", tree, "-tagroot=owner,path", file)
	if !regexp.MustCompile(branch + `\n +g_tree \(global in held\)\n`).MatchString(rooted) {
		t.Errorf("with owner and path as roots the stacks are\n%s", rooted)
	}
	focused := goPProf(t, "-top", "-unit=B", "-sample_index=held_space", "-tagfocus=path=^Branch .*chained → std::string.*→", file)
	if !strings.Contains(focused, "long_word") || strings.Contains(focused, "fill_index") {
		t.Errorf("what hangs on branches' strings is\n%s", focused)
	}
	if t.Failed() {
		t.Log(tags)
	}
}
