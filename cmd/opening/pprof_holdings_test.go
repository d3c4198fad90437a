package opening

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestPprofHoldingsSayThroughWhatBlocksAreHeld(t *testing.T) {
	p := reporttest.Held()
	peak := &p.Recording.Snapshots[0]
	var got []string
	var sum profile.Amount
	for _, h := range PprofHoldings(view.NewSource(p)) {
		got = append(got, fmt.Sprintf("%d %s: %s", h.Bytes, h.Owner, h.Path))
		sum.Add(profile.Amount{Bytes: h.Bytes, Blocks: h.Blocks})
	}
	want := []string{
		"8000 g_index (global in a): Node (index.cc:12)",
		"48000 g_index (global in a): Node (index.cc:12) → entry_new(const char*) (index.cc:20)",
		"786000 g_index (global in a): Node (index.cc:12) → entry_new(const char*) (index.cc:20) → dup_text(const char*) (index.cc:31)",
		"6000 local_map (in main): main (main.cc:40)",
		"70000 (shared by several owners): mostly cache (thread-local in libcache.so.1, t… → cache_fill (cache.c:8)",
		"8000 main (words of its frame): cache_fill (cache.c:8)",
		"16000 (lost): lose_list() (lost.cc:5)",
		"40000 (lost): lose_list() (lost.cc:5) → dup_text(const char*) (index.cc:31)",
		"2000 (lost): lose_ring() (lost.cc:15)",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	if sum != peak.Live {
		t.Errorf("the holdings are %v, the snapshot has %v", sum, peak.Live)
	}
}

// chainOf makes of each of so many classes a group in the first snapshot of a profile, the later ones smaller. Each is reached from the one
// before.
func chainOf(p *profile.Profile, classes int) {
	s := profile.Snapshot{Kind: profile.PeakSnapshot, Owners: []profile.Owner{{Kind: profile.GlobalOwner, Name: "g", In: "a"}}}
	for i := range classes {
		live := profile.Amount{Bytes: uint64(100 + classes - i), Blocks: 1}
		s.Live.Add(live)
		s.Groups = append(s.Groups, profile.Group{Class: fmt.Sprintf("Class%d%s", i, strings.Repeat("x", 100)), Live: live})
		r := profile.Reference{From: i - 1, Owner: -1, To: i, Pointers: 1, Blocks: 1}
		if i == 0 {
			r.Owner = 0
		}
		s.References = append(s.References, r)
	}
	p.Recording.Snapshots = []profile.Snapshot{s}
}

func TestPathsForPprofAreBoundedInNumberAndLength(t *testing.T) {
	p := reporttest.Held()
	const groups = mostPaths + 500
	chainOf(p, groups)
	all := PprofHoldings(view.NewSource(p))
	paths, others := map[string]bool{}, 0
	var bytes uint64
	for _, h := range all {
		bytes += h.Bytes
		if h.Path == wording.OtherPaths {
			others++
			continue
		}
		paths[h.Path] = true
		if n := len([]rune(h.Path)); n > 300 {
			t.Errorf("%d characters: %s", n, h.Path)
		}
	}
	if len(paths) != mostPaths || others != groups-mostPaths || all[groups-1].Path != wording.OtherPaths {
		t.Errorf("%d paths are told, and %d groups are by others", len(paths), others)
	}
	if bytes != p.Recording.Snapshots[0].Live.Bytes {
		t.Errorf("%d bytes are held, want %d", bytes, p.Recording.Snapshots[0].Live.Bytes)
	}
}

func TestAPathThatFewBlocksTakeIsNotSaidToBeThatOfMost(t *testing.T) {
	for _, c := range []struct {
		first uint64 // of 10 blocks, how many are reached by the most common of three ways
		want  string
	}{{10, ""}, {6, "mostly "}, {4, "partly "}} {
		p := reporttest.Held()
		chainOf(p, 4)
		s := &p.Recording.Snapshots[0]
		rest := 10 - c.first
		s.Groups[3].Live = profile.Amount{Bytes: 1000, Blocks: 10}
		s.References = nil
		for i, blocks := range []uint64{c.first, rest / 2, rest - rest/2} {
			s.References = append(s.References,
				profile.Reference{From: -1, Owner: 0, To: i, Pointers: 1, Blocks: 1},
				profile.Reference{From: i, Owner: -1, To: 3, Pointers: blocks, Blocks: blocks})
		}
		path := PprofHoldings(view.NewSource(p))[3].Path
		said := ""
		for _, word := range []string{"mostly ", "partly "} {
			if strings.HasPrefix(path, word) {
				said = word
			}
		}
		if said != c.want || !strings.Contains(path, "Class0") {
			t.Errorf("%d of 10: %q, want %q", c.first, path, c.want)
		}
	}
}

func TestBlocksToWhichNoPathIsKnownSaySo(t *testing.T) {
	p := reporttest.Held()
	chainOf(p, 2)
	p.Recording.Snapshots[0].References = nil
	for _, h := range PprofHoldings(view.NewSource(p)) {
		if h.Path != wording.NoPath {
			t.Errorf("path %q", h.Path)
		}
	}
	p.Recording.Snapshots[0].LeaksOnly = true // owners were not told apart
	for _, h := range PprofHoldings(view.NewSource(p)) {
		if h.Path != "" {
			t.Errorf("path %q", h.Path)
		}
	}
}
