package finding

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestOfWrongFreesTheWorstOfEachKindIsNamed(t *testing.T) {
	found := WrongFrees(view.NewSource(reporttest.WrongFrees()))
	want := []struct {
		code             Code
		count, worst     uint64
		freed, allocated string
		remedy           profile.Remedy
	}{
		{MismatchedFrees, 12, 10, "c_release", "c_buffer", PairFrees},
		{FreedTwice, 1, 1, "c_release", "c_buffer", UseSanitizer},
		{ForeignFrees, 3, 3, "c_release", "", ""},
	}
	if len(found) != len(want) {
		t.Fatalf("%d findings", len(found))
	}
	for i, w := range want {
		f, allocated := found[i], ""
		if f.Site != nil {
			allocated = f.Site.Name
		}
		if f.Code != w.code || f.Evidence.Count != w.count || f.Evidence.Blocks != w.worst || f.Evidence.FreedAt.Name != w.freed || allocated != w.allocated || f.Remedy != w.remedy {
			t.Errorf("%+v, %+v", f, f.Evidence)
		}
	}
	if found := WrongFrees(view.NewSource(reporttest.Frees())); len(found) > 0 {
		t.Errorf("a program that frees as it should has %v", found)
	}
}

func TestDropsAreSaidToBeInlinedWhereTheProgramHasNoLines(t *testing.T) {
	find := func(change func(*profile.Profile)) bool {
		p := reporttest.Frees()
		change(p)
		r, err := view.NewReport(view.NewSource(p), view.Options{By: view.ByDrop})
		if err != nil {
			t.Fatal(err)
		}
		_, ok := DropsUnseen(r)
		return ok
	}
	bare := func(p *profile.Profile, language profile.Language) {
		for i := range p.Frames[1:] {
			f := &p.Frames[1+i]
			f.File, f.Line, f.Language, f.Function = "", 0, language, "app::f"
		}
	}
	for name, c := range map[string]struct {
		change func(*profile.Profile)
		want   bool
	}{
		"with lines": {func(*profile.Profile) {}, false},
		"without":    {func(p *profile.Profile) { bare(p, profile.Rust) }, true},
		"C":          {func(p *profile.Profile) { bare(p, profile.C) }, false},
		"drops all seen": {func(p *profile.Profile) {
			bare(p, profile.Rust)
			p.Frames[15].Function, p.Frames[19].Function = "core::ptr::drop_in_place<app::A>", "core::ptr::drop_in_place<app::B>"
		}, false},
	} {
		if got := find(c.change); got != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}
