package cmd

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// asking is a command line with FILE for a profile and OUT for what is written, and what a profile must have for it.
type asking struct {
	line  string
	needs func(*profile.Profile) bool
}

func has(metrics ...view.Metric) func(*profile.Profile) bool {
	return func(p *profile.Profile) bool {
		return !slices.ContainsFunc(metrics, func(m view.Metric) bool { return !m.Has(p) })
	}
}

// ofHeap adds that the profile is of a heap.
func ofHeap(needs func(*profile.Profile) bool) func(*profile.Profile) bool {
	return func(p *profile.Profile) bool { return p.Measure() == profile.HeapBlocks && needs(p) }
}

func anything(*profile.Profile) bool { return true }

// recorded is what only a recording of heapprof's has.
func recorded(*profile.Profile) bool { return false }

func askings() []asking {
	return []asking{
		{"report FILE", anything},
		{"report --tree FILE", anything},
		{"report --by type FILE", ofHeap(anything)},
		{"report --by crate FILE", anything},
		{"report --own FILE", anything},
		{"report --format csv FILE", anything},
		{"report --format markdown FILE", anything},
		{"report --peak FILE", has(view.PeakBytes)},
		{"report --leaks FILE", ofHeap(has(view.EndBytes))},
		{"report --churn FILE", ofHeap(has(view.TotalBlocks))},
		{"report --sort lifetime FILE", has(view.Lifetime)},
		{"report --at peak FILE", has(view.PeakBytes)},
		{"report --at end FILE", has(view.EndBytes)},
		{"report --growth FILE", recorded},
		{"report --histogram FILE", recorded},
		{"report --retained FILE", recorded},
		{"report --refused FILE", recorded},
		{"report --resident FILE", recorded},
		{"report --by thread FILE", recorded},
		{"report --by drop FILE", recorded},
		{"report --who-frees FILE", recorded},
		{"report --mappings FILE", recorded},
		{"holders main FILE", recorded},
		{"explain FILE", anything},
		{"diff FILE FILE", anything},
		{"flame FILE", anything},
		{"flame FILE -o OUT.svg", anything},
		{"flame FILE -o OUT.speedscope.json", anything},
		{"html FILE -o OUT.html", anything},
		{"pprof FILE -o OUT.pb.gz", anything},
		{"convert FILE -o OUT.json", anything},
		{"convert FILE -o OUT.folded", anything},
		{"convert FILE -o OUT.heapsnapshot", recorded},
		{"merge FILE FILE2 -o OUT.merged.json", anything},
		{"report FILE FILE2", anything},
	}
}

func TestEveryCommandIsTrueOfEveryFormat(t *testing.T) {
	for _, file := range reporttest.ForeignFiles(t) {
		t.Run(filepath.Base(file), func(t *testing.T) {
			t.Parallel()
			p, err := format.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			dir := t.TempDir()
			text := withoutFiles(t, file)
			file, again := filepath.Join(dir, filepath.Base(file)), filepath.Join(dir, "again")
			for _, name := range []string{file, again} {
				if err := os.WriteFile(name, text, 0o600); err != nil {
					t.Fatal(err)
				}
			}
			for _, a := range askings() {
				args := strings.Fields(a.line)
				for i, arg := range args {
					switch {
					case arg == "FILE":
						args[i] = file
					case arg == "FILE2":
						args[i] = again
					case strings.HasPrefix(arg, "OUT"):
						args[i] = filepath.Join(dir, arg)
					}
				}
				checkAsking(t, a, p, args)
			}
			checkMetrics(t, file, p)
			checkServed(t, file, p)
			for _, written := range []string{"OUT.json", "OUT.pb.gz", "OUT.merged.json"} {
				if p.Measure() == profile.HeapBlocks || written != "OUT.pb.gz" {
					checkWritten(t, filepath.Join(dir, written), p)
				}
			}
		})
	}
}

// withoutFiles returns the text of a profile. The libraries that one lists as mapped are in it where they are on no machine: to name
// functions takes a second for each command where there are debug files of the C library.
func withoutFiles(t *testing.T, file string) []byte {
	t.Helper()
	text, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	r, err := gzip.NewReader(bytes.NewReader(text))
	if err != nil {
		return text
	}
	plain, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	if _, maps, ok := bytes.Cut(plain, []byte("MAPPED_LIBRARIES:")); ok {
		return append(plain[:len(plain)-len(maps)], bytes.ReplaceAll(maps, []byte(" /"), []byte(" /nowhere/"))...)
	}
	return text
}

// checkAsking runs a command line on a profile, which answers where the profile has what is asked about, and else
// says in one line why not.
func checkAsking(t *testing.T, a asking, p *profile.Profile, args []string) {
	t.Helper()
	var out, errs bytes.Buffer
	status := Run(&console.Streams{Out: &out, Err: &errs, In: strings.NewReader("")}, args)
	said := errs.String()
	want := console.ExitOK
	if !a.needs(p) {
		want = console.ExitFailure
		if out.Len() > 0 || strings.Count(said, "\n") != 1 || !strings.HasPrefix(said, "heapprof: ") {
			t.Errorf("%s: printed %q, and said %q", a.line, out.String(), said)
		}
	}
	if status != want {
		t.Errorf("%s: status %d, want %d: %s", a.line, status, want, said)
	}
	if bad := reporttest.Untrue(out.String() + said); bad != "" {
		t.Errorf("%s: %q in\n%s%s", a.line, bad, out.String(), said)
	}
	if !p.Sampling.IsExact() && strings.HasPrefix(a.line, "report FILE") && !strings.Contains(out.String(), "~") {
		t.Errorf("%s: no estimate is marked:\n%s", a.line, out.String())
	}
	if p.LivesOn() && strings.Contains(out.String(), "at exit") {
		t.Errorf("%s: it is not of an exit:\n%s", a.line, out.String())
	}
	if p.Maker != "" && strings.HasPrefix(a.line, "report FILE") && !strings.Contains(out.String(), "by "+p.Maker) {
		t.Errorf("%s: it does not say that %s has recorded:\n%s", a.line, p.Maker, out.String())
	}
}

// checkMetrics holds that a view has those metrics alone that the profile has.
func checkMetrics(t *testing.T, file string, p *profile.Profile) {
	t.Helper()
	var out bytes.Buffer
	if status := Run(&console.Streams{Out: &out, Err: &out}, []string{"report", "--format", "json", file}); status != console.ExitOK {
		t.Fatal(out.String())
	}
	var read struct {
		Total struct{ Values map[string]any }
	}
	if err := json.Unmarshal(out.Bytes(), &read); err != nil {
		t.Fatal(err)
	}
	for _, m := range view.Metrics() {
		name := m.String()
		if !p.Sampling.IsExact() && m.Has(p) {
			name = "estimated-" + name
		}
		if _, there := read.Total.Values[name]; there != m.Has(p) {
			t.Errorf("%s is there: %v, and known: %v", name, there, m.Has(p))
		}
	}
}

// checkWritten holds that a file made of a profile, or of it twice, has its sums.
func checkWritten(t *testing.T, file string, p *profile.Profile) {
	t.Helper()
	q, err := format.ReadFile(file)
	if err != nil {
		t.Error(err)
		return
	}
	times := max(q.MergedProfiles(), 1)
	before, after := p.Totals(), q.Totals()
	for _, m := range []view.Metric{view.TotalBytes, view.TotalBlocks, view.PeakBytes, view.PeakBlocks, view.EndBytes, view.EndBlocks} {
		if m.Has(p) && (!m.Has(q) || m.Value(&after) != times*m.Value(&before)) {
			t.Errorf("%s: %s is %d, want %d times %d", filepath.Base(file), m, m.Value(&after), times, m.Value(&before))
		}
		if !m.Has(p) && m.Has(q) {
			t.Errorf("%s: %s is in it, and was not known", filepath.Base(file), m)
		}
	}
	if p.Maker != "" && (q.Maker != p.Maker || q.RunsOn != p.RunsOn) {
		t.Errorf("%s: it was recorded by %s at a moment (%v), want %s, %v", filepath.Base(file), q.Maker, q.RunsOn, p.Maker, p.RunsOn)
	}
}
