//go:build linux && (amd64 || arm64)

package recordtest

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// viewOf makes a report of a recording.
func viewOf(t *testing.T, r recording, o view.Options) *view.Report {
	t.Helper()
	report, err := view.NewReport(view.NewSource(r.Profile), o)
	if err != nil {
		t.Fatal(err)
	}
	return report
}

// droppedAt adds up the bytes of a report's rows of a type by the function that dropped it.
func droppedAt(r *view.Report, dropped string) map[string]uint64 {
	return freedAt(r, func(d *view.Drop) bool { return !d.None && d.Name == dropped })
}

// freedAt adds up the bytes of some of a report's rows by the function that freed them.
func freedAt(r *view.Report, of func(*view.Drop) bool) map[string]uint64 {
	sums := make(map[string]uint64)
	for _, row := range r.Rows {
		if row.Kind == view.Entry && of(row.Drop) {
			function := names.Qualified(row.Site.Function)
			sums[function[strings.LastIndex(function, ":")+1:]] += row.Sums.Get(view.Bytes)
		}
	}
	return sums
}

// TestADropFreesWhatCratesMeasure compares what a value's drop frees with what crates that
// measure values say, to the byte.
func TestADropFreesWhatCratesMeasure(t *testing.T) {
	r := record(t, []string{"--frees"}, testkit.BuildCargo(t, fixture.Cargo{Program: "deep_sizes"}))
	counts := testkit.Counts(r.Stdout)
	report := viewOf(t, r, view.Options{By: view.ByDrop})
	for name, c := range crateMeasures() {
		freed := droppedAt(report, c.dropped)[name]
		if freed == 0 {
			t.Errorf("%s: nothing was freed in a drop of %s", name, c.dropped)
			continue
		}
		c.want(t, name, freed, counts)
	}
	if all, dropped := report.Freed.All.Get(view.Bytes), report.Freed.Dropped.Get(view.Bytes); dropped < all*95/100 {
		t.Errorf("%d of %d bytes were freed in a drop", dropped, all)
	}
	if t.Failed() {
		t.Log(r.Stdout)
	}
}

// TestADestructorFreesWhatItsObjectOwns has objects of C++ that own others, and blocks that no
// destructor frees. Optimized, the destructor frees last of all by a jump, so that it is not on the stack.
func TestADestructorFreesWhatItsObjectOwns(t *testing.T) {
	for name, flags := range map[string][]string{
		"calls": {"-O1", "-g", "-fno-optimize-sibling-calls"},
		"jumps": {"-O2", "-g"},
	} {
		t.Run(name, func(t *testing.T) {
			checkDrops(t, record(t, []string{"--frees"}, testkit.Build(t, "drops.cc", flags...)))
		})
	}
}

// checkDrops compares a recording of drops.cc with what the program says.
func checkDrops(t *testing.T, r recording) {
	counts := testkit.Counts(r.Stdout)
	zero := 0.0
	report := viewOf(t, r, view.Options{By: view.ByDrop, Tree: true, Min: &zero})
	assemblies, bare := droppedAt(report, "shop::Assembly"), freedAt(report, func(d *view.Drop) bool { return d.None })
	if assemblies["scrap"] != counts["scrap"] || assemblies["leave"] != counts["leave"] || len(assemblies) != 2 {
		t.Errorf("destructors freed %v bytes of %v", assemblies, counts)
	}
	if bare["release"] != counts["release"] || bare["discard"] != counts["discard"] || bare["mix"] != counts["mixed"] {
		t.Errorf("in no destructor %v bytes were freed of %v", bare, counts)
	}

	// What an object holds is below it.
	for _, row := range report.Rows {
		if row.Kind != view.Entry || row.Drop.None || row.Drop.Name != "shop::Assembly" {
			continue
		}
		var held []string
		for _, child := range row.Children {
			if child.Kind == view.Entry {
				held = append(held, strings.SplitN(child.Drop.Name, "<", 2)[0])
			}
		}
		slices.Sort(held)
		if want := []string{"std::map", "std::vector"}; !slices.Equal(held, want) {
			t.Errorf("an Assembly holds %q", held)
		}
	}

	// Of the buffers some are freed, and some forgotten.
	for _, row := range viewOf(t, r, view.Options{WhoFrees: true}).Rows {
		if row.Kind != view.Entry || !strings.HasPrefix(row.Site.Function, "make_buffer") {
			continue
		}
		got := map[string]uint64{}
		for _, child := range row.Children {
			name := child.Kind.String()
			if child.Kind == view.Entry {
				name = names.Qualified(child.Site.Function)
			}
			got[name] = child.Sums.Get(view.Bytes)
		}
		if want := map[string]uint64{"discard": counts["discard"], "never-freed": counts["kept"]}; fmt.Sprint(got) != fmt.Sprint(want) {
			t.Errorf("the buffers were freed at %v, not %v", got, want)
		}
	}
}
