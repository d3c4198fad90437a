package finding

import (
	"slices"
	"testing"

	"heapprof/internal/profile"
)

func TestEachLossIsFoundWithWhatToDo(t *testing.T) {
	p := &profile.Profile{
		Points:   []profile.Point{{TotalBlocks: 1}},
		Sampling: profile.Sampling{MeanBytes: 1024},
		Modules:  []*profile.Module{{Path: "/lib/a.so"}, {Path: "/lib/b.so", MissingSplit: []string{"b.dwo"}}},
		Recording: &profile.Recording{
			Depth: 128, Deepest: 300, NodeEvents: 1001, MaxNodes: 1000,
			Notes: []profile.Note{{Code: profile.AllocatorUnseen, Remedy: profile.SeePages}},
			Counts: profile.Counts{
				TruncatedStacks: 1, IncompleteStacks: 1, StacklessBlocks: 1, LostEvents: 1, UnknownFrees: 1, UnplacedModules: 1, Unprofiled: 1,
			},
		},
	}
	type found struct {
		Code
		profile.Remedy
	}
	want := []found{
		{Estimated, ""}, {SplitDebugMissing, KeepSplitDebug}, {Noted, profile.SeePages}, {StacksCut, RaiseDepth},
		{StacksIncomplete, ""}, {StacksUnknown, RaiseNodes}, {EventsLost, ""}, {FreesUnknown, ""}, {ModulesUnplaced, ""}, {ProcessesLeft, RunChildren},
	}
	var got []found
	for _, f := range Losses(p) {
		got = append(got, found{f.Code, f.Remedy})
	}
	if !slices.Equal(got, want) {
		t.Errorf("got  %v\nwant %v", got, want)
	}
	if got := Losses(&profile.Profile{Recording: &profile.Recording{Depth: 128}}); len(got) != 0 {
		t.Errorf("of a complete recording: %v", got)
	}
}

func TestAnotherDepthIsARemedyOnlyWhereItIsKnownAndCanBeRecorded(t *testing.T) {
	for _, c := range []struct {
		depth, deepest uint64
		want           profile.Remedy
	}{
		{128, 300, RaiseDepth}, {128, 1024, RaiseDepth}, {128, 1025, ""}, {128, 0, ""}, {0, 300, ""}, {1024, 1025, ""},
	} {
		if got := raiseDepth(&profile.Recording{Depth: c.depth, Deepest: c.deepest}); got != c.want {
			t.Errorf("cut at %d, the deepest of %d: %q", c.depth, c.deepest, got)
		}
	}
}

func TestMoreNodesAreARemedyOnlyWhereTheLimitWasMet(t *testing.T) {
	for _, c := range []struct {
		events, most, count, better uint64
		want                        profile.Remedy
	}{
		{1003, 1000, 1000, 4000, RaiseNodes}, {980, 1000, 0, 0, ""}, {profile.MaxNodes, profile.MaxNodes, profile.MaxNodes, 0, ""}, {5, 0, 0, 0, ""},
		{profile.MaxNodes / 2, profile.MaxNodes / 2, profile.MaxNodes / 2, profile.MaxNodes, RaiseNodes},
	} {
		f := treeFull(&profile.Recording{NodeEvents: c.events, MaxNodes: c.most, Counts: profile.Counts{StacklessBlocks: 7}})
		if f.Remedy != c.want || f.Evidence.Count != c.count || f.Evidence.Better != c.better || f.Evidence.Blocks != 7 {
			t.Errorf("%d events of at most %d: %+v", c.events, c.most, f)
		}
	}
}
