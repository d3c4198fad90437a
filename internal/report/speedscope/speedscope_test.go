package speedscope

import (
	"cmp"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/label"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// file has the fields of the format's schema that a sampled profile
// uses.
type file struct {
	Schema             string `json:"$schema"`
	Name, Exporter     string
	ActiveProfileIndex int
	Shared             struct {
		Frames []struct {
			Name string
			File string
		}
	}
	Profiles []struct {
		Type, Name, Unit     string
		StartValue, EndValue uint64
		Samples              [][]int
		Weights              []uint64
	}
}

func written(t *testing.T, p *profile.Profile, o flame.Options) file {
	t.Helper()
	var out strings.Builder
	if err := Write(&out, view.NewSource(p), o); err != nil {
		t.Fatal(err)
	}
	dec := json.NewDecoder(strings.NewReader(out.String()))
	dec.DisallowUnknownFields()
	var f file
	if err := dec.Decode(&f); err != nil {
		t.Fatalf("%v in:\n%s", err, out.String())
	}
	return f
}

func TestSpeedscopeFileFollowsItsSchema(t *testing.T) {
	p := reporttest.Drawn()
	f := written(t, p, flame.Options{})
	if f.Schema != "https://www.speedscope.app/file-format-schema.json" || f.Name != p.Command {
		t.Errorf("schema %q, name %q", f.Schema, f.Name)
	}
	sums, err := view.Total(p)
	if err != nil {
		t.Fatal(err)
	}
	metrics := flame.Metrics(p)
	if len(f.Profiles) != len(metrics) {
		t.Fatalf("%d profiles, want one for each of %v", len(f.Profiles), metrics)
	}
	for i, prof := range f.Profiles {
		m := metrics[i]
		unit := "none"
		if m.Unit() == view.UnitBytes {
			unit = "bytes"
		}
		if prof.Type != "sampled" || prof.Unit != unit || prof.StartValue != 0 {
			t.Errorf("%s: type %q, unit %q, start %d", prof.Name, prof.Type, prof.Unit, prof.StartValue)
		}
		if len(prof.Samples) != len(prof.Weights) {
			t.Fatalf("%s: %d samples, %d weights", prof.Name, len(prof.Samples), len(prof.Weights))
		}
		var sum uint64
		for i, sample := range prof.Samples {
			sum += prof.Weights[i]
			for _, frame := range sample {
				if frame < 0 || frame >= len(f.Shared.Frames) {
					t.Fatalf("%s: frame %d out of range", prof.Name, frame)
				}
			}
		}
		if sum != sums.Get(m) || prof.EndValue != sum {
			t.Errorf("%s: weights add up to %d, end value %d, profile has %d", prof.Name, sum, prof.EndValue, sums.Get(m))
		}
	}
}

func TestSpeedscopeNamesSayWhatProfilesAre(t *testing.T) {
	named := func(p *profile.Profile) (names []string) {
		for _, prof := range written(t, p, flame.Options{}).Profiles {
			names = append(names, prof.Name)
		}
		return names
	}
	marked := reporttest.Drawn()
	marked.Moments = []profile.Moment{{Time: 1, Mark: "loaded"}, {Time: 2, Mark: "done"}}
	first, second := marked.Instants()[1], marked.Instants()[2]
	for _, c := range []struct {
		name    string
		profile *profile.Profile
		want    []string
	}{
		{"a run", reporttest.Drawn(), []string{
			"allocated in all, bytes", "allocated in all, blocks", "live at the peak, bytes", "live at the peak, blocks",
			"live at the end, bytes", "live at the end, blocks", "freed before the next allocation, blocks",
		}},
		{"a moment", marked.At(first), []string{
			"allocated until mark loaded, bytes", "allocated until mark loaded, blocks", "live at mark loaded, bytes", "live at mark loaded, blocks",
		}},
		{"the peak", marked.At(marked.Peak()), []string{"live at the peak, bytes", "live at the peak, blocks"}},
		{"a part", marked.Between(first, second), []string{
			"allocated from mark loaded to mark done, bytes", "allocated from mark loaded to mark done, blocks",
			"allocated from mark loaded to mark done and live then (at least), bytes", "allocated from mark loaded to mark done and live then (at least), blocks",
		}},
	} {
		if got := named(c.profile); !slices.Equal(got, c.want) {
			t.Errorf("%s: profiles %q, want %q", c.name, got, c.want)
		}
	}
}

func TestSpeedscopeSamplesAreStacksHeaviestFirst(t *testing.T) {
	for _, prof := range written(t, reporttest.Random(1), flame.Options{}).Profiles {
		if !slices.IsSortedFunc(prof.Weights, func(a, b uint64) int { return cmp.Compare(b, a) }) {
			t.Errorf("%s: weights %v", prof.Name, prof.Weights)
		}
		seen := map[string]bool{}
		for _, sample := range prof.Samples {
			stack := fmt.Sprint(sample)
			if seen[stack] {
				t.Errorf("%s: %s stands twice", prof.Name, stack)
			}
			seen[stack] = true
		}
	}
}

func TestSpeedscopeOpensAtTheMetricAskedFor(t *testing.T) {
	p := reporttest.Drawn()
	for _, m := range []view.Metric{view.TotalBytes, view.EndBlocks} {
		f := written(t, p, flame.Options{Metric: &m})
		if got, want := f.Profiles[f.ActiveProfileIndex].Name, label.Metric(p, m); got != want {
			t.Errorf("opens at %s, want %s", got, want)
		}
	}
	f := written(t, p, flame.Options{})
	if got := f.Profiles[f.ActiveProfileIndex].Name; got != "live at the peak, bytes" {
		t.Errorf("opens at %s by default", got)
	}
}

func TestSpeedscopeFramesAreFunctionsOutermostFirst(t *testing.T) {
	f := written(t, reporttest.Drawn(), flame.Options{})
	peak := f.Profiles[f.ActiveProfileIndex]
	var stacks []string
	for _, sample := range peak.Samples {
		var names []string
		for _, i := range sample {
			names = append(names, f.Shared.Frames[i].Name)
		}
		stacks = append(stacks, strings.Join(names, " "))
	}
	if stacks[0] != "main parse grow copy" {
		t.Errorf("first stack %q", stacks[0])
	}
	// parse stands on two lines: it is one function all the same.
	seen := 0
	for _, frame := range f.Shared.Frames {
		if frame.Name == "parse" {
			seen++
			if frame.File != "parse.c" {
				t.Errorf("parse is in %q", frame.File)
			}
		}
	}
	if seen != 1 {
		t.Errorf("parse is %d frames", seen)
	}
}

func TestSpeedscopeCallsOnlyBytesBytes(t *testing.T) {
	p := reporttest.Drawn()
	p.Units.Unit, p.Units.Units = "unit", "units"
	for _, prof := range written(t, p, flame.Options{}).Profiles {
		if prof.Unit != "none" {
			t.Errorf("%s has unit %q", prof.Name, prof.Unit)
		}
	}
}
