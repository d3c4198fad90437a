package dhat_test

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/testkit"
	"heapprof/internal/wholefile"
)

func samples(t testing.TB) []string {
	t.Helper()
	files, err := filepath.Glob("../../testdata/profiles/*.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("no sample profiles: %v", err)
	}
	return files
}

// DHAT's own viewer is the judge of the files that Write makes: it takes each,
// and counts in it what Totals counts.
func TestViewerTakesWhatWriteWritesAndCountsTheSame(t *testing.T) {
	for _, file := range append(samples(t), "testdata/golden.json") {
		t.Run(filepath.Base(file), func(t *testing.T) {
			p, err := format.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			p.Normalize()
			out := filepath.Join(t.TempDir(), "out.json")
			if err := format.WriteFile(out, wholefile.Options{}, p); err != nil {
				t.Fatal(err)
			}
			view := testkit.DHATView(t, out)
			sum := p.Totals()
			want := testkit.ViewResult{
				TotalBytes: sum.TotalBytes, TotalBlocks: sum.TotalBlocks, TotalLifetime: sum.Rest().TotalLifetime,
				PeakBytes: sum.PeakBytes, PeakBlocks: sum.PeakBlocks,
				EndBytes: sum.EndBytes, EndBlocks: sum.EndBlocks,
				ReadBytes: sum.Rest().ReadBytes, WrittenBytes: sum.Rest().WrittenBytes,
				Points: len(p.Points), Metrics: view.Metrics, Text: view.Text,
			}
			if view != want {
				t.Errorf("the viewer counts %+v\nheapprof counts %+v", view, want)
			}
			if view.Metrics == 0 || !strings.Contains(view.Text, "[root]") {
				t.Errorf("the viewer showed no tree under %d metrics: %q", view.Metrics, view.Text)
			}
		})
	}
}

// Were the viewer ever to take such a file, or the stub to hide its complaint,
// then the test above would prove nothing.
func TestViewerRejectsWhatWriteRefuses(t *testing.T) {
	p, err := format.ReadFile("../../testdata/profiles/valgrind-ad-hoc.json")
	if err != nil {
		t.Fatal(err)
	}
	file := filepath.Join(t.TempDir(), "out.json")
	if err := format.WriteFile(file, wholefile.Options{}, p); err != nil {
		t.Fatal(err)
	}
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	for name, change := range map[string][2]string{
		"same frames": {`"fs":[3]`, `"fs":[1,2]`},
		"missing key": {`"tbk":1,`, ``},
		"version":     {`"dhatFileVersion":2`, `"dhatFileVersion":1`},
		"truncated":   {"\n]}\n", ""},
	} {
		t.Run(name, func(t *testing.T) {
			bad := strings.Replace(string(text), change[0], change[1], 1)
			if change[1] == "" && name == "truncated" {
				bad = string(text[:len(text)/2])
			}
			if err := os.WriteFile(file, []byte(bad), 0o644); err != nil {
				t.Fatal(err)
			}
			if _, complaint := testkit.TryDHATView(t, file); complaint == "" {
				t.Error("the viewer takes it")
			}
		})
	}
}
