//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/report/json"
	"heapprof/internal/testkit"
)

// TestAFunctionsBlocksAreDividedByItsCalls: the number of calls does not matter, and the program's own output and
// status stay.
func TestAFunctionsBlocksAreDividedByItsCalls(t *testing.T) {
	t.Parallel()
	program, base := testkit.Build(t, "percall.c", "-O2", "-g"), filepath.Join(t.TempDir(), "before.json")
	r := testkit.Run(t, exec.Command("heapprof", "bench", "--per", "parse_line", "--per", "walk", "--format", "json", "-o", base, "--", program, "9000"))
	if r.Status != 0 || r.Stdout != testkit.Run(t, exec.Command(program, "9000")).Stdout {
		t.Fatalf("%s", shorten(r))
	}
	text, err := os.ReadFile(base)
	if err != nil {
		t.Fatal(err)
	}
	p, err := json.ReadPerCall(text)
	if err != nil {
		t.Fatalf("%v: %s", err, text)
	}
	for i, want := range []json.PerCallFunction{
		{Function: "parse_line", Calls: 9000, BlocksPerCall: 3, BytesPerCall: 58, PerCallAmounts: json.PerCallAmounts{Blocks: 27000, TemporaryBlocks: 9000, EndBlocks: 9000}},
		{Function: "walk", Calls: 10, RecursiveCalls: 40, BlocksPerCall: 5, BytesPerCall: 50, PerCallAmounts: json.PerCallAmounts{Blocks: 50, TemporaryBlocks: 10}},
	} {
		got := p.Functions[i]
		if got.Function != want.Function || got.Calls != want.Calls || got.RecursiveCalls != want.RecursiveCalls || got.BlocksPerCall != want.BlocksPerCall ||
			got.BytesPerCall != want.BytesPerCall || got.Blocks != want.Blocks || got.TemporaryBlocks != want.TemporaryBlocks || got.EndBlocks != want.EndBlocks {
			t.Errorf("got %+v\nwant %+v", got, want)
		}
	}
	// A process that others start, another number of calls, a status of its own.
	r = testkit.Run(t, exec.Command("heapprof", "bench", "--per", "parse_line", "--baseline", base, "--top", "1", "sh", "-c", program+" 500 x; exit 3"))
	if r.Status != 3 {
		t.Errorf("%s", shorten(r))
	}
	for _, want := range []string{
		"parse_line: 500 calls; ", "             2          26 B             1           0 B  copy  percall.c:15\n",
		"             1          32 B             0          32 B  … 1 more site\n",
		"             3          58 B             1          32 B  total\n", "  blocks/call: as before\n  bytes/call: as before\n",
	} {
		if !strings.Contains(r.Stdout, want) {
			t.Errorf("not said: %q\n%s", want, r.Stdout)
		}
	}
}

// TestBenchSaysWhyThereIsNothingToDivideBy: and with what status.
func TestBenchSaysWhyThereIsNothingToDivideBy(t *testing.T) {
	t.Parallel()
	program := testkit.Build(t, "percall.c", "-O2", "-g")
	for _, c := range []struct {
		args   []string
		status int
		want   string
	}{
		{[]string{"--per", "unused", program, "1"}, 1, "unused was not called, so there is nothing to divide by"},
		{[]string{"--per", "nowhere", program, "1"}, 1, "--per nowhere: no function of that name is in what the program begins with"},
		{[]string{"--per", "malloc", program, "1"}, 1, "no calls of malloc were counted, so there is nothing to divide by"},
		{[]string{"--per", "malloc", program, "1"}, 1, "--per malloc: it cannot be counted in libc.so.6 (it is patched already"},
		{[]string{program, "1"}, 125, "no function is named whose calls are to be counted: --per FUNCTION"},
		{[]string{"--per", "f(weight=1)", program}, 125, "calls are counted here, without weights"},
		{[]string{"--per", "f", "--per", "f", program}, 125, "--per f is there twice"},
		{[]string{"--per", "f", "--baseline", program, program}, 125, "has no numbers of heapprof bench: bench --format json -o FILE writes them"},
		{[]string{"--per", "f", "--baseline", "nosuch.json", program}, 125, "nosuch.json does not exist: heapprof bench --format json -o nosuch.json writes it"},
		{[]string{"--per", "f"}, 125, "no program was named: give it, and its arguments, after the flags; see heapprof bench --help"},
	} {
		if r := testkit.Run(t, exec.Command("heapprof", append([]string{"bench"}, c.args...)...)); r.Status != c.status || !strings.Contains(r.Stderr, c.want) {
			t.Errorf("%q: status %d, not said: %s\n%s", c.args, r.Status, c.want, r.Stderr)
		}
	}
}
