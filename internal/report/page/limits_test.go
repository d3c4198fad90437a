package page_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// wild is a profile of n stacks, each with a site and a type of its own whose names are random and long.
func wild(n int) *profile.Profile {
	rng := rand.New(rand.NewPCG(1, 1))
	name := func(i int) string {
		b := make([]byte, 600)
		for k := range b {
			b[k] = byte('a' + rng.IntN(26))
		}
		return fmt.Sprintf("ns%d::%s", i, b)
	}
	p := &profile.Profile{Mode: "heap", Columns: profile.Lives, Frames: []profile.Frame{profile.Root}, Recording: &profile.Recording{Program: "/app", HasFacts: true}, EndTime: 1000}
	for i := range uint64(64) {
		p.Moments = append(p.Moments, profile.Moment{Time: i, Mark: name(int(i))})
	}
	for i := range n {
		class := name(i)
		p.Frames = append(p.Frames,
			profile.Frame{Addr: 1, Function: "std::_Vector_base<" + class + ", std::allocator<" + class + "> >::_M_allocate(unsigned long)"},
			profile.Frame{Addr: 2, Function: name(i), File: name(i) + ".cc", Line: i + 1})
		pt := profile.Point{
			TotalBytes:  rng.Uint64N(1 << 40),
			TotalBlocks: 1 + rng.Uint64N(1<<30),
			PeakBytes:   rng.Uint64N(1 << 40),
			PeakBlocks:  rng.Uint64N(1 << 30),
			Stack:       profile.StackOf(uint32(2*i+1), uint32(2*i+2)),
		}.With(profile.Rest{
			TotalLifetime: rng.Uint64N(1 << 40),
			Facts:         &profile.Facts{},
		})
		for m := range uint32(64) {
			pt.Rest().Facts.History = append(pt.Rest().Facts.History, profile.State{Moment: m, TotalBytes: uint64(m) << 20, TotalBlocks: uint64(m), Bytes: rng.Uint64N(1 << 20), Blocks: uint64(m)})
		}
		p.Points = append(p.Points, pt)
	}
	return p
}

func TestAPageIsNoLargerThanItsLimitWhateverTheProfile(t *testing.T) {
	p := wild(400)
	s := view.NewSource(p)
	for _, limit := range []int{50_000, 20_000} {
		tries := 0
		_, data, err := page.Build([]*view.Source{s}, page.Options{Limit: limit, Words: func(*page.Page, *page.Index) { tries++ }})
		if err != nil {
			t.Fatal(err)
		}
		if len(data) > limit || len(data) < limit/4 {
			t.Errorf("%d bytes within %d", len(data), limit)
		}
		if tries > 6 {
			t.Errorf("%d pages were made for one of %d bytes", tries, limit)
		}
		got := decode(t, data)
		total, _ := view.Total(p)
		all := recordSums(got, func(int) string { return "" })
		all.compare(t, sums{"": metricSums(t, got, &total)})
		if len(got.Places.Function) == len(p.Points) || len(got.Types.Name) == 0 || len(got.Types.Name) == len(p.Points) {
			t.Errorf("%d sites and %d types of %d", len(got.Places.Function), len(got.Types.Name), len(p.Points))
		}
	}
}

func TestEqualProfilesAreEqualPages(t *testing.T) {
	var first []byte
	for range 5 {
		_, data, err := page.Build(sourcesOf(withMoments(4)), page.Options{Limit: 20_000})
		if err != nil {
			t.Fatal(err)
		}
		if first == nil {
			first = data
		}
		if !bytes.Equal(first, data) {
			t.Fatal("two pages of one profile differ")
		}
	}
}

func TestHostileNamesAreShortAndApart(t *testing.T) {
	long := strings.Repeat("x", 1<<12)
	p := reporttest.Sample()
	p.Frames = []profile.Frame{
		profile.Root,
		{Addr: 1, Function: "a" + long + long, File: "/src/a.c", Line: 1},
		{Addr: 2, Function: "b" + long + long, File: "/src/b.c", Line: 1},
		{Addr: 3, Function: "c" + long + long, File: "/src/b.c", Line: 2},
		{Addr: 4, Function: "</script>\u202e\x00\xff", File: "/src/\x1b[31m.c", Line: 3},
	}
	p.Points = nil
	for i := range uint32(4) {
		p.Points = append(p.Points, profile.Point{TotalBytes: 8, TotalBlocks: 1, Stack: profile.StackOf(i + 1)})
	}
	p.Command = strings.Repeat(long, 20)
	got := build(t, page.Options{Words: func(p *page.Page, _ *page.Index) { p.Notes = []string{strings.Repeat(long, 20)} }}, view.NewSource(p))
	for _, text := range []string{got.Sides[0].Command, got.Notes[0]} {
		if len(text) > 2100 {
			t.Errorf("a text has %d bytes", len(text))
		}
	}
	seen := map[string]bool{}
	for i, name := range got.Functions.Name {
		if len(name) > 1000 {
			t.Errorf("a name has %d bytes", len(name))
		}
		if !utf8.ValidString(name) || strings.ContainsAny(name, "\x00\u202e") {
			t.Errorf("%q", name)
		}
		apart := name + " [" + got.Functions.Apart[i] + "]"
		if seen[apart] {
			t.Errorf("two functions are %q", apart)
		}
		seen[apart] = true
	}
	if len(seen) != 4 {
		t.Errorf("%d functions, want 4", len(seen))
	}
}

func TestLinesOfSourceAreThoseAroundTheHeaviestSites(t *testing.T) {
	p := &profile.Profile{Mode: "heap", Frames: testkit.Frames("[root]", "0x1: f (a.c:7)", "0x2: g (a.c:14)", "0x3: h (b.c:2)", "0x4: k (gone.c:2)", "0x5: l (a.c:900)")}
	for i, bytes := range []uint64{100, 10, 1, 1000, 1000} {
		p.Points = append(p.Points, profile.Point{TotalBytes: bytes, TotalBlocks: 1, Stack: profile.StackOf(uint32(i + 1))})
	}
	lines := func(file string, first, n int) (all []string) {
		for i := first; i < first+n && i <= 30 && file != "gone.c"; i++ {
			all = append(all, fmt.Sprint(file, " ", i))
		}
		return all
	}
	got := build(t, page.Options{Lines: lines}, view.NewSource(p))
	var all []string
	for _, s := range got.Sources {
		all = append(all, fmt.Sprintf("%s %d–%d", got.Files[s.File], s.First, int(s.First)+len(s.Lines)-1))
		for i, line := range s.Lines {
			if want := fmt.Sprint(got.Files[s.File], " ", int(s.First)+i); line != want {
				t.Errorf("a line is %q, want %q", line, want)
			}
		}
	}
	slices.Sort(all)
	if want := "[a.c 2–19 b.c 1–7]"; fmt.Sprint(all) != want {
		t.Errorf("%v, want %s", all, want)
	}
	if got := build(t, page.Options{}, view.NewSource(p)); len(got.Sources) > 0 {
		t.Error("there are lines, and nobody knew any")
	}
}
