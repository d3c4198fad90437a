package finding_test

import (
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/reporttest"
)

const kiB = 1 << 10

// kept are lines all of whose blocks live to the end, of a size each, all born before the first moment.
func kept(blocks uint64, functions ...string) (lines []reporttest.Line) {
	for _, f := range functions {
		lines = append(lines, reporttest.Line{Function: f, Point: reporttest.Grown(kiB, blocks, blocks), State: func(int) profile.State {
			return profile.State{TotalBytes: kiB * blocks, TotalBlocks: blocks, Bytes: kiB * blocks, Blocks: blocks}
		}})
	}
	return lines
}

func amount(blocks uint64) profile.Amount { return profile.Amount{Bytes: kiB * blocks, Blocks: blocks} }

// looked adds a snapshot of the groups to a profile, all of which are of KiB.
func looked(p *profile.Profile, kind profile.SnapshotKind, time uint64, groups []profile.Group, references ...profile.Reference) *profile.Snapshot {
	s := profile.Snapshot{Kind: kind, Time: time, Padded: true, Zeroed: true, Groups: groups, References: references}
	for _, g := range groups {
		s.Live.Add(g.Live)
		if g.Owner == profile.UnreachedOwner {
			s.Unreached.Add(g.Live)
		} else {
			s.Shared.Add(g.Live)
		}
	}
	p.Recording.Snapshots = append(p.Recording.Snapshots, s)
	return &p.Recording.Snapshots[len(p.Recording.Snapshots)-1]
}

// leaking is a profile of a node and its texts, of which so many nodes are lost directly, each with two texts, and
// of as much that is held.
func leaking(nodes uint64) *profile.Profile {
	p := reporttest.Heap(append(kept(nodes, "node", "other"), kept(2*nodes, "text")...)...)
	looked(p, profile.ExitSnapshot, 9_900_000, []profile.Group{
		{Point: 0, Owner: profile.UnreachedOwner, Live: amount(nodes), Direct: amount(nodes), Retained: amount(3 * nodes)},
		{Point: 1, Owner: profile.SharedOwner, Live: amount(nodes)},
		{Point: 2, Owner: profile.UnreachedOwner, Live: amount(2 * nodes), Retained: amount(2 * nodes)},
	}, profile.Reference{From: 0, Owner: -1, To: 2, Pointers: 2 * nodes})
	return p
}

func TestWhatIsLostIsSaidOfTheSiteThatLostIt(t *testing.T) {
	all := wantCodes(t, leaking(100), finding.Unreachable)
	e := all[0].Grounds.(*finding.Lost)
	if all[0].Site.Function != "node" || all[0].Amount.Bytes != 300*kiB || e.DirectBlocks != 100 || e.HangingBlocks != 200 || e.Blocks != 100 || e.Freed != 0 {
		t.Errorf("%s: %+v, %+v", all[0].Site.Function, all[0].Amount, e)
	}
}

// A program that ends lets go of what it needed; that is a few blocks, and was not so before.
func TestAFewBlocksAreLostOnlyIfTheyWereBefore(t *testing.T) {
	few := func(peak ...profile.Group) *profile.Profile {
		p := leaking(200)
		g := &p.Recording.Snapshots[0].Groups[0]
		g.Direct = amount(2)
		if peak != nil {
			looked(p, profile.PeakSnapshot, 9_000_000, peak)
		}
		return p
	}
	wantCodes(t, few())
	wantCodes(t, few(profile.Group{Point: 0, Owner: profile.SharedOwner, Live: amount(200)}))
	all := wantCodes(t, few(profile.Group{Point: 0, Owner: profile.UnreachedOwner, Live: amount(1), Direct: amount(1)}), finding.Unreachable)
	if !all[0].Grounds.(*finding.Lost).Before {
		t.Errorf("it was lost before: %+v", all[0].Grounds)
	}
}

func TestNothingIsLostWhereMemoryCouldNotBeRead(t *testing.T) {
	p := leaking(100)
	p.Recording.Snapshots[0].Unread = 4096
	wantCodes(t, p)
}

func TestWhatIsLostMustBeAPartOfWhatLived(t *testing.T) {
	p := leaking(100)
	p.Recording.Snapshots[0].Live = amount(31_000)
	wantCodes(t, p)
}

// Blocks of two sites that hold each other are one leak.
func TestSitesThatHoldEachOtherAreLostTogether(t *testing.T) {
	p := reporttest.Heap(kept(100, "parent", "child")...)
	cyclic := func(point int) profile.Group {
		return profile.Group{Point: point, Owner: profile.UnreachedOwner, Live: amount(100), Cyclic: amount(100), Retained: amount(200)}
	}
	groups := []profile.Group{cyclic(0), cyclic(1)}
	there, back := profile.Reference{From: 0, Owner: -1, To: 1, Pointers: 100}, profile.Reference{From: 1, Owner: -1, To: 0, Pointers: 100}
	looked(p, profile.ExitSnapshot, 9_900_000, groups, there, back)
	all := wantCodes(t, p, finding.Unreachable)
	if e := all[0].Grounds.(*finding.Lost); all[0].Amount.Blocks != 200 || e.CyclicBlocks != 200 || e.HangingBlocks != 0 || e.Sites != 2 {
		t.Errorf("%+v, %+v", all[0].Amount, e)
	}
	for _, one := range []profile.Reference{there, back} {
		p.Recording.Snapshots[0].References = []profile.Reference{one}
		wantCodes(t, p, finding.Unreachable, finding.Unreachable)
	}
}

func TestWhatIsLostOfSeveralClassesIsAddedUp(t *testing.T) {
	p := leaking(100)
	s := &p.Recording.Snapshots[0]
	half := s.Groups[0]
	half.Live, half.Direct, half.Retained = amount(50), amount(50), amount(150)
	s.Groups[0] = half
	half.Class = "Node"
	s.Groups = append(s.Groups, half)
	if all := wantCodes(t, p, finding.Unreachable); all[0].Amount.Blocks != 300 {
		t.Errorf("%+v", all[0].Amount)
	}
}

// Many small leaks are said in one line.
func TestSmallLeaksAreSaidTogether(t *testing.T) {
	var functions []string
	for f := 'a'; f < 'k'; f++ {
		functions = append(functions, string(f))
	}
	p := reporttest.Heap(kept(10, functions...)...)
	var groups []profile.Group
	for i := range functions {
		groups = append(groups, profile.Group{Point: i, Owner: profile.UnreachedOwner, Live: amount(10), Direct: amount(10), Retained: amount(10)})
	}
	looked(p, profile.ExitSnapshot, 9_900_000, groups)
	all := wantCodes(t, p, finding.Unreachable)
	if e := all[0].Grounds.(*finding.Lost); all[0].Site != nil || all[0].Amount.Blocks != 100 || e.Sites != 10 {
		t.Errorf("%v, %+v", all[0].Site, e)
	}
}

// What grows and is lost is said once, with its rate; what hangs on it is not said at all.
func TestOfWhatIsLostItIsNotSaidThatItGrows(t *testing.T) {
	p := reporttest.Heap(
		reporttest.Line{Function: "node", Point: reporttest.Grown(kiB, 5000, 5000), State: reporttest.Rising(kiB, 5000, 5000)},
		reporttest.Line{Function: "text", Point: reporttest.Grown(kiB, 5000, 5000), State: reporttest.Rising(kiB, 5000, 5000)},
	)
	wantCodes(t, p, finding.Grows, finding.Grows)
	looked(p, profile.ExitSnapshot, 9_900_000, []profile.Group{
		{Point: 0, Owner: profile.UnreachedOwner, Live: amount(4000), Direct: amount(4000), Retained: amount(9000)},
		{Point: 0, Owner: profile.SharedOwner, Live: amount(1000)},
		{Point: 1, Owner: profile.UnreachedOwner, Live: amount(5000), Retained: amount(5000)},
	}, profile.Reference{From: 0, Owner: -1, To: 2, Pointers: 5000})
	all := wantCodes(t, p, finding.Unreachable)
	if e := all[0].Grounds.(*finding.Lost); e.PerSecond == 0 {
		t.Errorf("it grows: %+v", e)
	}
	p.Recording.Snapshots[0].Groups[0].Live, p.Recording.Snapshots[0].Groups[1].Live = amount(1000), amount(4000)
	if got := codes(findings(p)); !slices.Contains(got, finding.Grows) {
		t.Errorf("most of it is held, and grows: %v", got)
	}
}

// owned is a profile of 3,000 blocks of which an owner that is changed holds some through blocks of the first line.
func owned(change func(*profile.Snapshot, *profile.Owner)) *profile.Profile {
	p := reporttest.Heap(kept(1500, "entry", "other")...)
	s := looked(p, profile.PeakSnapshot, 9_000_000, []profile.Group{
		{Point: 0, Owner: 0, Live: amount(1500), Retained: amount(1500)}, {Point: 1, Owner: profile.SharedOwner, Live: amount(1500)},
	})
	s.Owners = []profile.Owner{{
		Kind: profile.GlobalOwner, Name: "g_cache", In: "app", Type: "Cache", Retained: amount(1500), Reaches: amount(1500),
		Top: []profile.Held{{Point: 0, Self: amount(1), Retained: amount(1400)}, {Depth: 1, Point: 1, Self: amount(1399), Retained: amount(1399)}},
	}}
	change(s, &s.Owners[0])
	return p
}

func TestAVariableThatHoldsMuchIsNamed(t *testing.T) {
	for name, c := range map[string]struct {
		change func(*profile.Snapshot, *profile.Owner)
		want   bool
	}{
		"a variable":                 {func(*profile.Snapshot, *profile.Owner) {}, true},
		"a frame":                    {func(_ *profile.Snapshot, o *profile.Owner) { o.Kind = profile.FrameOwner }, false},
		"little":                     {func(_ *profile.Snapshot, o *profile.Owner) { o.Retained = amount(290) }, false},
		"few blocks":                 {func(_ *profile.Snapshot, o *profile.Owner) { o.Retained.Blocks = 99 }, false},
		"many things":                {func(_ *profile.Snapshot, o *profile.Owner) { o.Top[0].Retained = amount(700) }, false},
		"everything":                 {func(_ *profile.Snapshot, o *profile.Owner) { o.Retained = amount(2500) }, false},
		"everything, in a container": {func(_ *profile.Snapshot, o *profile.Owner) { o.Retained, o.Type = amount(2500), "std::map<int, int>" }, true},
		"everything, in main's map": {func(_ *profile.Snapshot, o *profile.Owner) {
			o.Retained, o.Type, o.Kind = amount(2500), "std::map<int, int>", profile.LocalOwner
		}, false},
		"memory that was not read":      {func(s *profile.Snapshot, _ *profile.Owner) { s.Unread = 1 }, false},
		"a pointer to a block's end":    {func(s *profile.Snapshot, _ *profile.Owner) { s.Padded = false }, false},
		"what is left over in a block":  {func(s *profile.Snapshot, _ *profile.Owner) { s.Zeroed = false }, false},
		"a snapshot far below the peak": {func(s *profile.Snapshot, _ *profile.Owner) { s.Live = amount(1499) }, false},
	} {
		got := codes(findings(owned(c.change)))
		if slices.Contains(got, finding.OneOwner) != c.want {
			t.Errorf("%s: %v", name, got)
		}
	}
}

// The blocks that an owner leads to are told by the innermost that holds nearly all.
func TestOfOneBlockThatHoldsAllWhatItHoldsIsSaid(t *testing.T) {
	all := wantCodes(t, owned(func(*profile.Snapshot, *profile.Owner) {}), finding.OneOwner)
	if e := all[0].Grounds.(*finding.Owning); e.MostBlocks != 1399 || e.MostBytes != 1399*kiB || all[0].Site.Function != "other" {
		t.Errorf("%s: %+v", all[0].Site.Function, e)
	}
}

// What is told of 1,000 blocks of 1 KiB, all that a program has, of which half had been there for a while.
func TestWhatIsInBlocksIsSaidWhereItIsMuchAndNotNew(t *testing.T) {
	for name, c := range map[string]struct {
		told profile.Contents
		new  bool // all blocks were born right before
		want finding.Code
	}{
		"copies":                 {profile.Contents{Duplicates: amount(600), Copies: profile.SizeRun{Size: kiB, Blocks: 30}, Written: 900 * kiB}, false, finding.Duplicates},
		"copies, few of them":    {profile.Contents{Duplicates: profile.Amount{Bytes: 600 * kiB, Blocks: 9}, Written: 900 * kiB}, true, ""},
		"copies, large old ones": {profile.Contents{Duplicates: profile.Amount{Bytes: 600 * kiB, Blocks: 9}, Written: 900 * kiB}, false, finding.Duplicates},
		"new copies":             {profile.Contents{Duplicates: amount(600), Written: 900 * kiB}, true, finding.Duplicates},
		"copies of little":       {profile.Contents{Duplicates: amount(600), Written: 100 * kiB}, false, ""},
		"copies of one byte":     {profile.Contents{Duplicates: amount(600), Constant: amount(600), Written: 900 * kiB}, false, ""},
		"unused":                 {profile.Contents{Counted: amount(1000), Used: 400 * kiB}, false, finding.UnusedCapacity},
		"unused, but new":        {profile.Contents{Counted: amount(1000), Used: 400 * kiB}, true, ""},
		"half used":              {profile.Contents{Counted: amount(1000), Used: 501 * kiB}, false, ""},
		"one large container":    {profile.Contents{Counted: profile.Amount{Bytes: 1000 * kiB, Blocks: 1}, Used: 400 * kiB}, false, ""},
		"empty":                  {profile.Contents{Counted: amount(1000), Empty: amount(700), Used: 200 * kiB}, false, finding.EmptyContainers},
		"some empty":             {profile.Contents{Counted: amount(1000), Empty: amount(300), Used: 200 * kiB}, false, finding.UnusedCapacity},
		"zeroes":                 {profile.Contents{Constant: amount(1024), Zero: amount(1024)}, false, finding.ConstantBytes},
		"zeroes, but new":        {profile.Contents{Constant: amount(1024), Zero: amount(1024)}, true, ""},
		"few zeroes":             {profile.Contents{Constant: amount(1000), Zero: amount(1000)}, false, ""},
		"an arena":               {profile.Contents{Written: 500 * kiB}, false, finding.SparseChunks},
		"an arena, half full":    {profile.Contents{Written: 520 * kiB}, false, ""},
		"an arena, but new":      {profile.Contents{Written: 500 * kiB}, true, ""},
		"an arena, left over":    {profile.Contents{Written: 500 * kiB}, false, ""},
		"what has no chunks":     {profile.Contents{Written: 500 * kiB}, false, ""},
		"damaged":                {profile.Contents{Counted: amount(10), Used: 1 << 60, Zero: amount(1 << 30), Constant: amount(1)}, false, ""},
	} {
		p := reporttest.Heap(kept(1024, "arena_init")...)
		if strings.Contains(name, "arena") {
			p.Points[0].Edit().Chunks = []profile.SizeRun{{Size: kiB, Blocks: 1024}}
		}
		if c.new {
			p.Points[0].Rest().Facts.History = []profile.State{{Moment: 44, TotalBytes: 1024 * kiB, TotalBlocks: 1024, Bytes: 1024 * kiB, Blocks: 1024}}
		}
		s := looked(p, profile.PeakSnapshot, 9_000_000, []profile.Group{{Point: 0, Owner: profile.SharedOwner, Live: amount(1024)}})
		c.told.Live = amount(1024)
		s.Contents = []profile.Contents{c.told}
		s.Zeroed = name != "an arena, left over"
		got := finding.Code("")
		if all := findings(p); len(all) > 0 {
			got = all[0].Code
		}
		if got != c.want {
			t.Errorf("%s: %q, want %q", name, got, c.want)
		}
	}
}
