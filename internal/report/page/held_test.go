package page_test

import (
	"fmt"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/page"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestWhatOwnersOfAPageRetainAddsUp(t *testing.T) {
	p := reporttest.Held()
	p.FindLost()
	const many = 300
	s := &p.Recording.Snapshots[0]
	for i := range uint64(many) {
		s.Owners = append(s.Owners, profile.Owner{Kind: profile.GlobalOwner, Name: fmt.Sprint("g_", i), Retained: profile.Amount{Bytes: i, Blocks: 1}})
		s.Live.Add(profile.Amount{Bytes: i, Blocks: 1})
	}
	for _, limit := range limits {
		got := build(t, page.Options{Limit: limit}, view.NewSource(p))
		if len(got.Held) != len(p.Recording.Snapshots) {
			t.Fatalf("%d snapshots, want %d", len(got.Held), len(p.Recording.Snapshots))
		}
		for i, h := range got.Held {
			if i > 0 && h.Time < got.Held[i-1].Time {
				t.Error("snapshots are not in the order of time")
			}
			sum := h.Shared
			var lost [2]uint64
			add := func(to *[2]uint64, a [2]uint64) { to[0], to[1] = to[0]+a[0], to[1]+a[1] }
			for _, o := range h.Owners {
				add(&sum, o.Retained)
			}
			for _, l := range h.Lost {
				add(&lost, l.Self)
			}
			add(&sum, h.Unreached)
			if len(h.Owners) >= many {
				t.Errorf("%d owners", len(h.Owners))
			}
			if sum != h.Live || lost != h.Unreached {
				t.Errorf("within %d bytes: owners, what several hold and what is lost are %v of %v; sites lost %v of %v", limit, sum, h.Live, lost, h.Unreached)
			}
		}
	}
}
