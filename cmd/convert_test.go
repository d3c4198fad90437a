package cmd

import (
	"bytes"
	"os"
	"path/filepath"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
	"heapprof/internal/wholefile"
)

// TestWhatIsConvertedAndReadAgainHasTheSameTotals holds, for the formats that are read as well as written, that each metric which
// the converted file has is what it was, to the byte.
func TestWhatIsConvertedAndReadAgainHasTheSameTotals(t *testing.T) {
	dir := t.TempDir()
	inputs, err := filepath.Glob(filepath.Join(testkit.Root(t), "testdata", "profiles", "*.*"))
	if err != nil {
		t.Fatal(err)
	}
	for name, p := range map[string]*profile.Profile{"sample": reporttest.Sample(), "found": reporttest.Found(), "held": reporttest.Held(), "sampled": reporttest.Sampled(), "typed": reporttest.Typed()} {
		path := filepath.Join(dir, name+".json")
		if err := format.WriteFile(path, wholefile.Options{}, p); err != nil {
			t.Fatal(err)
		}
		inputs = append(inputs, path)
	}
	// The least that a form keeps, of what the profile has.
	forms := map[string][]view.Metric{
		"again.json.zst": view.Metrics(), "out.pb.gz": {view.TotalBytes, view.TotalBlocks, view.EndBytes, view.EndBlocks, view.PeakBytes}, "massif.out.1": {view.PeakBytes, view.EndBytes},
	}
	trips := 0
	for _, input := range inputs {
		if !format.IsProfile(input) {
			continue // a program, or the words about them
		}
		before, err := format.ReadFile(input)
		if err != nil {
			t.Fatal(err)
		}
		for output, kept := range forms {
			t.Run(filepath.Base(input)+" to "+output, func(t *testing.T) {
				if output == "massif.out.1" && !before.Columns.Has(profile.Peak) && !before.Columns.Has(profile.End) {
					t.Skip("what lived is not known")
				}
				if output == "out.pb.gz" && before.Measure() == profile.CountedEvents {
					t.Skip("pprof's profiles are read where they are of a heap")
				}
				path := filepath.Join(dir, output)
				defer os.Remove(path)
				var out bytes.Buffer
				if status := Run(&console.Streams{Out: &out, Err: &out}, []string{"convert", input, "-o", path}); status != 0 {
					t.Fatalf("status %d: %s", status, out.String())
				}
				after, err := format.ReadFile(path)
				if err != nil {
					t.Fatal(err)
				}
				was, is := before.Totals(), after.Totals()
				for _, m := range kept {
					if !m.Has(before) {
						continue
					}
					if !m.Has(after) {
						t.Errorf("%s is not there any more", m)
					} else if m.Value(&was) != m.Value(&is) {
						t.Errorf("%s is %d, and was %d", m, m.Value(&is), m.Value(&was))
					}
					trips++
				}
			})
		}
	}
	if trips < 60 {
		t.Errorf("only %d metrics were compared", trips)
	}
}
