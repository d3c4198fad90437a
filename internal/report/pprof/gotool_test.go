package pprof

import (
	"bytes"
	"maps"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

func TestPProfShowsTheSitesOfAReport(t *testing.T) {
	p := &profile.Profile{
		Frames: testkit.Frames(
			"[root]",
			"0x1: alloc::raw_vec::finish_grow (in /bin/app)",
			"0x2: <T as alloc::vec::spec_from_iter::SpecFromIter>::from_iter (in /bin/app)", // plumbing, but it calls the program back
			"0x3: app::main::{{closure}} (a.rs:2)",
			"0x4: app::main (a.rs:1)",
			"0x5: alloc::vec::Vec<T>::push (in /bin/app)",
			"0x6: <tokio::task::Core<app::A> as core::future::Future>::poll (t.rs:1)",
			"0x7: <tokio::task::Core<app::B> as core::future::Future>::poll (t.rs:1)",
			"0x8: hashbrown::raw::RawTable<T>::reserve (in /bin/app)",
			"0x3: core::ops::function::FnOnce::call_once (f.rs:1)", // the closure is inlined into it
		),
		Points: []profile.Point{
			{TotalBytes: 1, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 4)},
			{TotalBytes: 2, TotalBlocks: 1, Stack: profile.StackOf(1, 5, 3, 9, 2, 4)},
			{TotalBytes: 4, TotalBlocks: 1, Stack: profile.StackOf(1, 5, 6, 4)},
			{TotalBytes: 8, TotalBlocks: 1, Stack: profile.StackOf(8, 7, 4)},
			{TotalBytes: 16, TotalBlocks: 1, Stack: profile.StackOf(1, 2, 2, 4)},
			{TotalBytes: 32, TotalBlocks: 1, Stack: profile.StackOf(1)},
		},
	}
	prof := convert(t, p)
	for _, f := range prof.Function {
		// pprof demangles what is its own system name, and takes brackets for arguments.
		if f.SystemName != "" {
			t.Errorf("%s has the system name %q", f.Name, f.SystemName)
		}
	}
	whole := stacks(prof)[1]
	if want := "0x1[alloc::raw_vec::finish_grow:0]"; !strings.HasPrefix(whole, want) {
		t.Errorf("the file lacks the plumbing: %s", whole)
	}
	if err := prof.RemoveUninteresting(); err != nil {
		t.Fatal(err)
	}
	got := map[string]int64{}
	for _, s := range prof.Sample {
		got[s.Location[0].Line[0].Function.Name] += s.Value[1]
	}
	want := map[string]int64{}
	report, err := view.NewReport(view.NewSource(p), view.Options{By: view.ByFunction})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range report.Rows {
		want[r.Site.Name] += int64(r.Sums.Get(view.TotalBytes))
	}
	if !maps.Equal(got, want) {
		t.Errorf("pprof's flat view is %v, the report %v", got, want)
	}
	if outer := stacks(prof)[1]; !strings.Contains(outer, "from_iter") {
		t.Errorf("what calls the site is cut off: %s", outer)
	}
}

// goToolPProf returns a function that runs go tool pprof on a profile, and returns what it writes.
func goToolPProf(t *testing.T, p *profile.Profile) func(args ...string) string {
	t.Helper()
	if testing.Short() {
		t.Skip("-short: the go command builds pprof when it is first used, which takes half a minute")
	}
	goTool := testkit.Tool(t, "go")
	file := filepath.Join(t.TempDir(), "heap.pb.gz")
	var out bytes.Buffer
	if err := write(&out, p, Options{}); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	return func(args ...string) string {
		t.Helper()
		cmd := exec.Command(goTool, append([]string{"tool", "pprof"}, append(args, file)...)...)
		var stdout, stderr strings.Builder
		cmd.Stdout, cmd.Stderr = &stdout, &stderr
		if err := cmd.Run(); err != nil {
			t.Fatalf("%v: %v\n%s", cmd.Args, err, stderr.String())
		}
		// It complains there when it looks for binaries and finds none.
		if stderr.Len() > 0 {
			t.Errorf("%v says %s", cmd.Args, stderr.String())
		}
		return stdout.String()
	}
}

// What `go tool pprof` makes of the file is the purpose of it.
func TestGoToolPProfReadsTheFile(t *testing.T) {
	pprof := goToolPProf(t, reporttest.Drawn())

	top := pprof("-top", "-unit=B", "-sample_index=peak_space")
	for _, want := range []string{
		"File: prog\n",
		"100% of 1029B total",
		// malloc is left off, so that its callers have the bytes; they are
		// inlined ones too.
		" 500B 48.59% 48.59%       500B 48.59%  copy (inline)\n",
		" 460B 44.70% 93.29%       960B 93.29%  parse\n",
	} {
		if !strings.Contains(top, want) {
			t.Errorf("-top lacks %q:\n%s", want, top)
		}
	}
	if !strings.Contains(pprof("-top"), "100% of 140B total") { // inuse_space
		t.Error("the default is not what is in use at the end")
	}
	if traces := pprof("-traces", "-unit=B", "-sample_index=alloc_space"); !strings.Contains(traces, "1000B   copy (inline)\n             grow\n             parse\n             main\n") {
		t.Errorf("-traces:\n%s", traces)
	}
	if raw := pprof("-raw"); !strings.Contains(raw, "0x1000/0x2000/0x0 /opt/prog bb02 [FN][FL][LN][IN]") {
		t.Errorf("-raw:\n%s", raw)
	}
}
