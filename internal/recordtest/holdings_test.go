//go:build linux && (amd64 || arm64)

package recordtest

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
)

// What stands for the owner of blocks that have none of their own.
const (
	noOwner    = "(unreached)"
	manyOwners = "(shared)"
)

// holdings are a snapshot's blocks by the function of the program that made them, and by who
// has them.
type holdings struct {
	*profile.Snapshot
	made map[string]map[string]profile.Amount
}

// holdingsOf reads the snapshot of a kind. Function tells which of a stack's functions the blocks
// go by; "" is one, too.
func holdingsOf(t *testing.T, p *profile.Profile, kind profile.SnapshotKind, function func([]profile.Frame) string) holdings {
	t.Helper()
	i := slices.IndexFunc(p.Recording.Snapshots, func(s profile.Snapshot) bool { return s.Kind == kind })
	if i < 0 {
		t.Fatalf("no snapshot of the %s; notes: %q", kind, wording.NoteLines(p.Recording.Notes))
	}
	h := holdings{&p.Recording.Snapshots[i], make(map[string]map[string]profile.Amount)}
	for _, g := range h.Groups {
		name := function(stack(p, &p.Points[g.Point]))
		if h.made[name] == nil {
			h.made[name] = make(map[string]profile.Amount)
		}
		a := h.made[name][h.ownerName(g.Owner)]
		a.Add(g.Live)
		h.made[name][h.ownerName(g.Owner)] = a
	}
	return h
}

func (h holdings) ownerName(owner int) string {
	switch owner {
	case profile.UnreachedOwner:
		return noOwner
	case profile.SharedOwner:
		return manyOwners
	}
	o := &h.Owners[owner]
	return strings.Trim(fmt.Sprintf("%s %s in %s %s", o.Kind, o.Name, o.In, o.Thread), " ")
}

// owner returns the one owner whose name ends so, and fails the test where there is another number of
// them.
func (h holdings) owner(t *testing.T, suffix string) profile.Owner {
	t.Helper()
	var found []profile.Owner
	for _, o := range h.Owners {
		if o.Name == suffix || strings.HasSuffix(o.Name, "::"+suffix) {
			found = append(found, o)
		}
	}
	if len(found) != 1 {
		t.Errorf("%d owners are called %s, want one", len(found), suffix)
		return profile.Owner{}
	}
	return found[0]
}

// String lists owners, and functions by owners.
func (h holdings) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "live %v, shared %v, unreached %v, %d references\n", h.Live, h.Shared, h.Unreached, len(h.References))
	for i, o := range h.Owners {
		fmt.Fprintf(&b, "%9d in %6d, reaches %9d  %s\n", o.Retained.Bytes, o.Retained.Blocks, o.Reaches.Bytes, h.ownerName(i))
	}
	for _, function := range slices.Sorted(maps.Keys(h.made)) {
		fmt.Fprintf(&b, "%s: %v\n", function, h.made[function])
	}
	return b.String()
}

// madeBy tells a stack by its innermost function whose name a pattern matches.
func madeBy(pattern string) func([]profile.Frame) string {
	name := regexp.MustCompile(pattern)
	return func(frames []profile.Frame) string {
		for _, f := range frames {
			if found := name.FindString(f.Function); found != "" {
				return found
			}
		}
		return ""
	}
}

// checkSnapshot holds a snapshot against what is true of every one: its parts add up.
func checkSnapshot(t *testing.T, s *profile.Snapshot) {
	t.Helper()
	all := make(map[int]profile.Amount)
	var live profile.Amount
	for _, g := range s.Groups {
		a := all[g.Owner]
		a.Add(g.Live)
		all[g.Owner] = a
		live.Add(g.Live)
		if g.Retained.Bytes < g.Live.Bytes || g.Direct.Blocks+g.Cyclic.Blocks > g.Live.Blocks {
			t.Errorf("a group's parts do not fit: %+v", g)
		}
	}
	if live != s.Live || all[profile.SharedOwner] != s.Shared || all[profile.UnreachedOwner] != s.Unreached {
		t.Errorf("the groups of the %s have %v, shared %v, unreached %v; want %v, %v, %v", s.Kind,
			live, all[profile.SharedOwner], all[profile.UnreachedOwner], s.Live, s.Shared, s.Unreached)
	}
	for i, o := range s.Owners {
		if o.Retained != all[i] || o.Reaches.Bytes < o.Retained.Bytes {
			t.Errorf("the groups of %s %s have %v, which retains %v and reaches %v", o.Kind, o.Name, all[i], o.Retained, o.Reaches)
		}
	}
}
