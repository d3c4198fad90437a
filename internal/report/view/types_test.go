package view

import (
	"regexp"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
)

// typed returns the rows' labels, each with its type.
func (v *View) typed() []string {
	var all []string
	for i, label := range v.labels() {
		if t := v.Rows[i].Type.Name; t != "" {
			label += ": " + t
		}
		all = append(all, label)
	}
	return all
}

func TestASiteOfTwoTypesIsTwoRows(t *testing.T) {
	want := []string{
		"app::parse @ main.rs:25: Vec<Event>", "app::parse @ main.rs:25: String",
		"jaq_json::Val::range @ jaq-json lib.rs:165: Vec<String>", "make_table @ table.c:9",
	}
	if got := report(t, Options{}, reporttest.Typed()).typed(); !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
}

func TestWhatHasNoTypeIsOneRowByType(t *testing.T) {
	p := reporttest.Typed()
	other := p.Points[3]
	other.Stack = profile.StackOf(append([]uint32{13}, other.Stack.Frames()...)...)
	p.Points = append(p.Points, other)
	r := report(t, Options{By: ByType}, p)
	if last := r.Rows[len(r.Rows)-1]; last.Site.Label != NoTypeKnown || last.Sums.Points() != 2 {
		t.Errorf("got %q, the last of %d points", r.labels(), last.Sums.Points())
	}
}

func TestARowByTypeNamesItsSite(t *testing.T) {
	for _, r := range report(t, Options{By: ByType}, reporttest.Typed()).Rows {
		if r.Type.Name == "String" && (r.Caller != "app::parse" || !r.OnlyCaller) {
			t.Errorf("String is from %q, only: %v", r.Caller, r.OnlyCaller)
		}
	}
}

func TestFiltersMatchTypesAndCrates(t *testing.T) {
	for expr, want := range map[string]uint64{"^Vec<": 2, "^alloc::string::String$": 1, "^jaq-core 3": 1} {
		r := report(t, Options{Focus: regexp.MustCompile(expr)}, reporttest.Typed())
		var points uint64
		for _, row := range r.Rows {
			if row.Kind == Entry {
				points += uint64(row.Sums.Points())
			}
		}
		if points != want {
			t.Errorf("%s leaves %d points, not %d", expr, points, want)
		}
	}
}

func TestElementsAreToldWhereTheyFillTheBlocks(t *testing.T) {
	p := reporttest.Typed()
	r := report(t, Options{}, p)
	if n, ok := r.Elements(r.Rows[0]); n != 2000 || !ok {
		t.Errorf("a vector of 144,000 bytes has room for %d elements of 72, known: %v", n, ok)
	}
	blocks := PeakBlocks
	r = report(t, Options{Metric: &blocks}, p)
	if n, ok := r.Elements(r.Rows[0]); ok {
		t.Errorf("blocks have %d elements", n)
	}
	p.Points[0].PeakBytes++
	r = report(t, Options{}, p)
	if n, ok := r.Elements(r.Rows[0]); ok {
		t.Errorf("144,001 bytes have room for %d elements of 72", n)
	}
}

func TestOwnCodeIsTheSiteWithWhatItCalledBeside(t *testing.T) {
	r := report(t, Options{Own: true}, reporttest.Typed())
	var got []string
	for i, label := range r.typed() {
		if via := r.Rows[i].Via; via != "" {
			label += " via " + via
		}
		got = append(got, label)
	}
	want := []string{
		"app::parse @ main.rs:25: Vec<Event>", "app::parse @ main.rs:25: String",
		"app::parse @ main.rs:24: Vec<String> via jaq-core", "app::main @ main.rs:36 via libz.so.1",
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %q", got)
	}
	if r.Own.Sum != 276096 || !slices.Equal(r.Own.Crates, []string{"app"}) {
		t.Errorf("own code is %+v", r.Own)
	}
}

func TestABuildWithoutDebugInformationIsMatchedWithOneThatHasIt(t *testing.T) {
	with, without := reporttest.Typed(), reporttest.TypedWithoutDebugInformation()
	for _, c := range [][2]*profile.Profile{{without, with}, {with, without}} {
		d := diff(t, Options{}, c[0], c[1])
		for i, r := range d.Rows {
			if r.Change(d.Metric).Abs() != 0 {
				t.Errorf("%s changed by %d", d.typed()[i], r.Change(d.Metric).Abs())
			}
		}
	}
}

func TestARowByTypeCallsItsSiteAsTablesOfSitesDo(t *testing.T) {
	p := reporttest.Typed()
	for i := range p.Frames {
		if p.Frames[i].Function == "app::parse" {
			p.Frames[i].Function, p.Frames[i].Instance = "app::parse::{{closure}}", "app::parse::{async_fn#0}"
		}
	}
	for _, r := range report(t, Options{By: ByType}, p).Rows {
		if r.Type.Name == "String" && r.Caller != "app::parse {async}" {
			t.Errorf("String is from %q", r.Caller)
		}
	}
}
