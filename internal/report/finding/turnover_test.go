package finding_test

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

const many = 3_000_000 // blocks that matter in a run of ten seconds

// short is a line of many blocks of one size of which few live at once and none at the end.
func short(function string, size, atOnce uint64) reporttest.Line {
	return reporttest.Line{
		Function: function,
		Point: profile.Point{
			TotalBytes:  many * size,
			TotalBlocks: many,
			PeakBytes:   size,
			PeakBlocks:  1,
		}.With(profile.Rest{
			TotalLifetime: many,
			MaxBytes:      atOnce * size,
			MaxBlocks:     atOnce,
			Facts:         &profile.Facts{Sizes: []profile.SizeClass{{Max: 1 << 10, Blocks: many, Bytes: many * size}}},
		}),
	}
}

// wantCodes holds the codes that are found of a profile's heap against those wanted.
func wantCodes(t *testing.T, p *profile.Profile, want ...finding.Code) []finding.Finding {
	t.Helper()
	all := findings(p)
	var codes []finding.Code
	for _, f := range all {
		codes = append(codes, f.Code)
	}
	if !slices.Equal(codes, want) {
		t.Errorf("%v, want %v", codes, want)
	}
	return all
}

func TestBlocksThatAreFreedAtOnceAreChurn(t *testing.T) {
	line := short("print_row", 512, 1)
	line.Point.Edit().TemporaryBlocks = 9 * many / 10
	all := wantCodes(t, reporttest.Heap(line), finding.Churn)
	want := finding.Amount{Blocks: 9 * many / 10, Share: 0.9, Of: finding.OfBlocks}
	if len(all) == 1 && all[0].Amount != want {
		t.Errorf("%+v, want %+v", all[0].Amount, want)
	}
	line.Point.Edit().TemporaryBlocks--
	wantCodes(t, reporttest.Heap(line))
}

// Each realloc's block is temporary that takes the place of another at once.
func TestWhatIsResizedIsNoChurn(t *testing.T) {
	line := short("append", 512, 1)
	rest := line.Point.Edit()
	rest.TemporaryBlocks, rest.Reallocs = many, many-1
	wantCodes(t, reporttest.Heap(line))
}

func TestBlocksTooFewToTakeTimeAreNoChurn(t *testing.T) {
	line := short("print_row", 512, 1)
	line.Point.TotalBlocks, line.Point.Edit().TemporaryBlocks, line.Point.TotalBytes = 9_999, 9_999, 9_999*512
	wantCodes(t, reporttest.Heap(line))
	line.Point.TotalBlocks, line.Point.Edit().TemporaryBlocks, line.Point.TotalBytes = 100_000, 100_000, 100_000*512
	p := reporttest.Heap(line)
	wantCodes(t, p)
	p.EndTime /= 30
	wantCodes(t, p, finding.Churn)
}

// A run takes several times as long on a machine that others keep busy, and its time on processors not.
func TestWhatBlocksTakeIsAShareOfTheTimeOnProcessors(t *testing.T) {
	line := short("print_row", 512, 1)
	line.Point.TotalBlocks, line.Point.Edit().TemporaryBlocks, line.Point.TotalBytes = 100_000, 100_000, 100_000*512
	p := reporttest.Heap(line)
	p.Recording.CPUTime = p.EndTime / 30
	wantCodes(t, p, finding.Churn)
	p.EndTime, p.Recording.CPUTime = p.EndTime/30, p.EndTime
	wantCodes(t, p)
}

func TestSmallBlocksThatDoNotLiveLongAreTiny(t *testing.T) {
	line := short("push", 24, 32)
	line.Point.Rest().Facts.Sizes = []profile.SizeClass{{Max: 32, Blocks: many - 7, Bytes: 24 * (many - 7)}, {Max: 128, Blocks: 7, Bytes: 700}}
	all := wantCodes(t, reporttest.Heap(line), finding.Tiny)
	if len(all) == 1 && *all[0].Grounds.(*finding.TinyBlocks) != (finding.TinyBlocks{Small: many - 7, Blocks: many, Size: 64, Bytes: 24 * (many - 7), Lifetime: 1}) {
		t.Errorf("%+v", all[0].Grounds)
	}
	line.Point.Edit().TotalLifetime = many * 20_000 // a five-hundredth of the run each
	wantCodes(t, reporttest.Heap(line))
	line.Point.Edit().TotalLifetime, line.Function = many, ""
	wantCodes(t, reporttest.Heap(line))
	line = short("push", 200, 32)
	wantCodes(t, reporttest.Heap(line))
}

func TestWhatIsBuiltAndFreedAgainAndAgainIsRebuilt(t *testing.T) {
	node, name := short("insert", 48, 50), short("name_of", 30, 50)
	node.Callers, name.Callers = []string{"answer", "serve"}, []string{"header", "answer", "serve"}
	node.Point.Rest().Facts.Emptied, name.Point.Rest().Facts.Emptied = many/50, many/50-3
	other := short("log_line", 300, 64) // it is emptied, too, but as a queue is
	other.Callers, other.Point.Rest().Facts.Emptied = []string{"serve"}, 30
	p := reporttest.Heap(node, name, other)
	all := wantCodes(t, p, finding.Rebuilt)
	if len(all) != 1 {
		return
	}
	if f := all[0]; f.Site.Function != "answer" || f.Amount.Blocks != 2*many ||
		*f.Grounds.(*finding.Rebuilding) != (finding.Rebuilding{Times: many / 50, Blocks: 2 * many, Bytes: 78 * many, Each: 100, Stacks: 2}) {
		t.Errorf("%+v of %+v, %+v", f.Site, f.Amount, f.Grounds)
	}
	for i := range p.Points[:2] {
		p.Points[i].Rest().Facts.FreedElsewhere = many / 5
	}
	wantCodes(t, p)
	for i := range p.Points[:2] {
		p.Points[i].Rest().Facts.FreedElsewhere, p.Points[i].Rest().Facts.Emptied = 0, 3
	}
	wantCodes(t, p)
}

// What a collector sweeps are many blocks of one stack at a time, too, in what is mostly the function
// by which a stripped interpreter allocates all of its objects.
func TestWhatAFunctionWithoutANameAllocatesIsNotSaidToBeRebuilt(t *testing.T) {
	for name, want := range map[string][]finding.Code{"new_closure": {finding.Rebuilt}, "": nil} {
		object := short(name, 40, 400)
		object.Point.Rest().Facts.Emptied = many / 400
		wantCodes(t, reporttest.Heap(object), want...)
	}
}

// grown is a line whose blocks grow: once each second, from 8 bytes to 32 KiB.
func grown(change func(*profile.Growth)) reporttest.Line {
	line := short("collect", 5000, 2)
	line.Point.Rest().Facts.Growth = &profile.Growth{
		Chains: many / 13, LongChains: many / 13, LongBlocks: many / 13 * 12, LongBytes: many / 13 * 32760,
		Steps: 12, First: 8, Last: 32 << 10, LeastAdded: 8, MostAdded: 16 << 10, Moves: many / 13 * 12, CopiedBytes: many / 13 * 32760,
	}
	if change != nil {
		change(line.Point.Rest().Facts.Growth)
	}
	return line
}

func TestBlocksThatDoubleTimeAndAgainAreUnreserved(t *testing.T) {
	wantCodes(t, reporttest.Heap(grown(nil)), finding.UnreservedGrowth)
	for name, harmless := range map[string]func(*profile.Growth){
		"once":        func(g *profile.Growth) { g.LongChains, g.LongBlocks, g.LongBytes, g.CopiedBytes = 1, 12, 32760, 32760 },
		"few steps":   func(g *profile.Growth) { g.Steps = 3 },
		"small":       func(g *profile.Growth) { g.Last = 500 },
		"little more": func(g *profile.Growth) { g.First, g.Last = 5000, 32<<10 },
	} {
		if all := findings(reporttest.Heap(grown(harmless))); len(all) != 0 {
			t.Errorf("%s: %+v", name, all)
		}
	}
}

func TestGrowthByConstantStepsIsQuadraticWhereItCopies(t *testing.T) {
	constant := func(g *profile.Growth) {
		g.Steps, g.First, g.Last, g.LeastAdded, g.MostAdded = 2000, 60, 120_000, 50, 70
		g.CopiedBytes = many / 13 * 120_000_000
	}
	all := wantCodes(t, reporttest.Heap(grown(constant)), finding.ConstantGrowth)
	if len(all) == 1 && all[0].Amount.Of != finding.OfTotal {
		t.Errorf("%+v", all[0].Amount)
	}
	wantCodes(t, reporttest.Heap(grown(func(g *profile.Growth) { constant(g); g.LeastAdded, g.MostAdded = 1, 900 })), finding.ConstantGrowth)
	wantCodes(t, reporttest.Heap(grown(func(g *profile.Growth) { constant(g); g.CopiedBytes, g.Moves = 0, 0 })))
}

func TestABlockThatIsCopiedAtThePeakIsNamed(t *testing.T) {
	line := reporttest.Line{Function: "read_records", Point: profile.Point{
		TotalBytes:  32 << 20,
		TotalBlocks: 20,
		PeakBytes:   24 << 20,
		PeakBlocks:  2,
	}.With(profile.Rest{
		MaxBytes:  24 << 20,
		MaxBlocks: 2,
		Facts:     &profile.Facts{Growth: &profile.Growth{Chains: 1, Steps: 18, First: 64, Last: 16 << 20, MostAdded: 8 << 20, PeakOld: 8 << 20}},
	})}
	all := wantCodes(t, reporttest.Heap(line), finding.PeakCopy)
	if len(all) == 1 && (all[0].Amount.Bytes != 8<<20 || all[0].Amount.Share != 1.0/3) {
		t.Errorf("%+v", all[0].Amount)
	}
	line.Point.Rest().Facts.Growth.PeakOld = 1 << 20
	wantCodes(t, reporttest.Heap(line))
}

func TestBlocksThatAreBornAndDieWithOneOfAnotherSiteArePaired(t *testing.T) {
	pair := func(change func(order, address *reporttest.Line)) *profile.Profile {
		order, address := short("open_order", 88, 64), short("new_address", 200, 64)
		order.Point.Rest().Facts.Partner = &profile.Partner{Point: 1, Looked: 5000, Together: 4990}
		address.Point.Rest().Facts.Partner = &profile.Partner{Point: 0, Looked: 5000, Together: 4980}
		if change != nil {
			change(&order, &address)
		}
		return reporttest.Heap(order, address)
	}
	all := wantCodes(t, pair(nil), finding.Paired)
	if len(all) == 1 {
		e := all[0].Grounds.(*finding.Pairing)
		if all[0].Site.Function != "new_address" || e.With.Function != "open_order" || e.Together != 4980 || all[0].Amount.Blocks != many {
			t.Errorf("%+v %+v", all[0], e)
		}
	}
	wantCodes(t, pair(func(_, address *reporttest.Line) { address.Point.Rest().Facts.Partner.Together = 4900 }))
	wantCodes(t, pair(func(order, _ *reporttest.Line) { order.Point.Rest().Facts.Partner = nil }))
	wantCodes(t, pair(func(_, address *reporttest.Line) { address.Point.Edit().Reallocs = 5 }))
	wantCodes(t, pair(func(_, address *reporttest.Line) { address.Point.TotalBlocks += many / 50 }))
}

func TestBlocksOfASizeThatTheAllocatorRoundsUpByMuchAreNamed(t *testing.T) {
	heap := func(size uint64, allocator string) *profile.Profile {
		const blocks = 80_000
		p := reporttest.Heap(reporttest.Line{Function: "new_buffer", Point: profile.Point{TotalBytes: blocks * size, TotalBlocks: blocks, PeakBytes: blocks * size, PeakBlocks: blocks}.With(profile.Rest{MaxBytes: blocks * size, MaxBlocks: blocks})})
		p.Recording.Allocator = allocator
		return p
	}
	all := wantCodes(t, heap(1040, "jemalloc"), finding.Rounding)
	if len(all) == 1 {
		want := finding.RoundedUp{Allocator: "jemalloc", Blocks: 80_000, Size: 1040, Taken: 1280, Room: 1280, Less: 1024, LessTaken: 1024}
		if *all[0].Grounds.(*finding.RoundedUp) != want || all[0].Amount.Bytes != 80_000*240 {
			t.Errorf("%+v, %+v", all[0].Grounds, all[0].Amount)
		}
	}
	wantCodes(t, heap(1024, "jemalloc"))
	wantCodes(t, heap(1040, "glibc"))
	wantCodes(t, heap(1040, "another"))
	wantCodes(t, heap(24, "glibc")) // of 32 bytes 8 are the header
	wantCodes(t, heap(25, "glibc"), finding.Rounding)
	mixed := heap(1040, "jemalloc")
	mixed.Points[0].PeakBytes -= 5
	wantCodes(t, mixed)
}
