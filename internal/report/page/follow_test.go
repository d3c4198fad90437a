package page

import (
	"encoding/json"
	"fmt"
	"reflect"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// named returns a page in which names stand in the place of indices, as JSON: what somebody reads from it.
func named(t *testing.T, p *Page) string {
	t.Helper()
	at := func(list []string, i int32) string {
		if i < 0 {
			return fmt.Sprint(i)
		}
		return list[i]
	}
	function := func(i int32) string {
		if i < 0 {
			return "-"
		}
		f := &p.Functions
		return fmt.Sprint(f.Name[i], "|", f.Short[i], "|", f.Apart[i], "|", at(p.Files, f.File[i]), "|", at(p.Modules, f.Module[i]), "|", f.Crate[i], "|", f.Library[i], "|", f.Flags[i])
	}
	place := func(i int32) string {
		if i < 0 {
			return fmt.Sprint(i)
		}
		return fmt.Sprint(function(p.Places.Function[i]), ":", p.Places.Line[i], " ", p.Places.Where[i], " ", p.Places.Label[i])
	}
	typ := func(i int32) string {
		if i < 0 {
			return fmt.Sprint(i)
		}
		return p.Types.Name[i] + "=" + p.Types.Full[i]
	}
	var node func(i int32) string
	node = func(i int32) string {
		if i < 0 {
			return ""
		}
		return node(p.Nodes.Parent[i]) + " > " + fmt.Sprint(function(p.Nodes.Function[i]), p.Nodes.Line[i], p.Nodes.Flags[i])
	}
	columns := func(n, pl, ty, site []int32) (all []string) {
		for i := range n {
			line := node(n[i]) + " @ " + place(pl[i]) + " of " + typ(ty[i])
			if len(site) > 0 {
				line += " as " + typ(site[i])
			}
			all = append(all, line)
		}
		return all
	}
	out := map[string]any{
		"records": columns(p.Records.Node, p.Records.Place, p.Records.Type, p.Records.SiteType), "values": p.Records.Values, "rest": p.Records.Rest,
		"sides": p.Sides, "notes": p.Notes, "sizes": p.Sizes,
	}
	if w := p.Windows; w != nil {
		out["windows"] = []any{columns(w.Node, w.Place, w.Type, w.SiteType), w.Time, w.States, w.Births, w.End}
	}
	if g := p.Growth; g != nil {
		var rows []string
		for i := range g.Place {
			rows = append(rows, fmt.Sprint(place(g.Place[i]), typ(g.Type[i]), g.Steps[i], g.Copied[i]))
		}
		out["growth"] = rows
	}
	if p.Resident != nil {
		var rows []string
		for _, r := range p.Resident.Readings {
			for i := range r.Sites.Place {
				rows = append(rows, fmt.Sprint(place(r.Sites.Place[i]), typ(r.Sites.Type[i]), r.Sites.Pinned[i]))
			}
		}
		out["resident"] = rows
	}
	var held []string
	for _, h := range p.Held {
		things := slices.Clone(h.SharedTop)
		for _, o := range h.Owners {
			things = append(things, o.Top...)
		}
		for _, l := range h.Lost {
			things = append(things, l.Thing)
		}
		for _, one := range things {
			held = append(held, fmt.Sprint(place(one.Place), one.Type, one.Self))
		}
		for _, d := range h.Deep {
			held = append(held, fmt.Sprint(place(d.Place), node(d.Node), d.Deep))
		}
	}
	out["held"] = held
	var found []string
	for _, f := range p.Findings {
		found = append(found, fmt.Sprint(f.Headline, place(f.Place), typ(f.Type), node(f.Node)))
		for _, frame := range f.Stack {
			found = append(found, fmt.Sprint(frame.Name, at(p.Files, frame.File)))
		}
	}
	out["findings"] = found
	var sources []string
	for _, s := range p.Sources {
		sources = append(sources, fmt.Sprint(at(p.Files, s.File), s.First, s.Lines))
	}
	out["sources"] = sources
	text, err := json.MarshalIndent(out, "", " ")
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// built returns the page of a profile, with a finding and with lines of source.
func built(t *testing.T, p *profile.Profile) *Page {
	t.Helper()
	s := view.NewSource(p)
	made, _, err := Build([]*view.Source{s}, Options{
		Lines: func(file string, first, n int) []string { return slices.Repeat([]string{file}, n) },
		Words: func(p *Page, x *Index) {
			p.Findings = nil
			for i := range s.Profile.Points[:min(3, len(s.Profile.Points))] {
				stack := s.Profile.Points[i].Stack.Frames()
				p.Findings = append(p.Findings, Finding{Headline: fmt.Sprint("finding ", i), Place: x.Place(stack), Type: -1, Node: x.Node(stack), Stack: []Frame{{Name: "f", File: x.File("/src/f.c"), Line: 3}}})
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	return made
}

// part returns a profile without some of its points.
func part(p *profile.Profile, keep func(i int) bool) *profile.Profile {
	some := *p
	some.Points = nil
	for i := range p.Points {
		if keep(i) {
			some.Points = append(some.Points, p.Points[i])
		}
	}
	return &some
}

func TestALaterPageSaysTheSameByTheNumbersOfTheOneBefore(t *testing.T) {
	for name, whole := range map[string]func() *profile.Profile{
		"sample": reporttest.Sample, "found": reporttest.Found, "facts": reporttest.WithFacts, "held": reporttest.Held, "typed": reporttest.Typed, "drawn": reporttest.Drawn,
	} {
		t.Run(name, func(t *testing.T) {
			last := len(whole().Points) - 1
			isHeld := name == "held" // snapshots refer to points by their numbers
			before := built(t, part(whole(), func(i int) bool { return isHeld || i > 0 }))
			after := built(t, part(whole(), func(i int) bool { return isHeld || i < last }))
			want := named(t, after)
			if _, err := Follow(nil, before); err != nil || before.Numbers == "" {
				t.Fatalf("%v, numbers %q", err, before.Numbers)
			}
			data, err := Follow(before, after)
			if err != nil || len(data) == 0 {
				t.Fatal(err)
			}
			if got := named(t, after); got != want {
				t.Errorf("by the numbers of the page before it says\n%s\nwant\n%s", got, want)
			}
			if after.Numbers != before.Numbers {
				t.Errorf("the numbers are called %q, want %q", after.Numbers, before.Numbers)
			}
			for i := range before.Functions.Name {
				if after.Functions.Name[i] != before.Functions.Name[i] {
					t.Errorf("function %d was %s and is %s", i, before.Functions.Name[i], after.Functions.Name[i])
				}
			}
			for i := range before.Nodes.Parent {
				if after.Nodes.Parent[i] != before.Nodes.Parent[i] || after.Nodes.Function[i] != before.Nodes.Function[i] {
					t.Errorf("call %d is another one", i)
				}
			}
			for i := range before.Places.Function {
				if after.Places.Where[i] != before.Places.Where[i] || after.Places.Function[i] != before.Places.Function[i] {
					t.Errorf("place %d is another one", i)
				}
			}
			for i, parent := range after.Nodes.Parent {
				if parent >= int32(i) {
					t.Errorf("call %d comes before its caller %d", i, parent)
				}
			}
		})
	}
}

func TestAPageThatFollowsItselfStaysAsItIs(t *testing.T) {
	before, after := built(t, reporttest.Found()), built(t, reporttest.Found())
	before.Numbers = "numbers"
	if _, err := Follow(before, after); err != nil || !reflect.DeepEqual(before, after) {
		t.Errorf("%v: it is another page", err)
	}
}

func TestNumbersBeginAnewWhereMostIsGone(t *testing.T) {
	before, after := built(t, reporttest.Found()), built(t, reporttest.Drawn())
	before.Numbers = "numbers"
	for i := range int32(5000) {
		before.Nodes.Parent, before.Nodes.Function = append(before.Nodes.Parent, 0), append(before.Nodes.Function, i)
		before.Nodes.Line, before.Nodes.Flags = append(before.Nodes.Line, 0), append(before.Nodes.Flags, 0)
	}
	nodes := len(after.Nodes.Parent)
	if _, err := Follow(before, after); err != nil || after.Numbers == before.Numbers || len(after.Nodes.Parent) != nodes {
		t.Errorf("%v: numbers %q, %d calls", err, after.Numbers, len(after.Nodes.Parent))
	}
}
