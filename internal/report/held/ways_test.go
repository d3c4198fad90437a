package held_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// groups returns a snapshot with a group of 10 blocks of a class for each letter, which one owner has, and references
// as "A>B 3": so many of B's blocks are reached from A's, or from the owner for "".
func groups(letters string, references map[string]uint64) *held.Of {
	p := reporttest.Held()
	s := profile.Snapshot{Owners: []profile.Owner{{Kind: profile.GlobalOwner, Name: "g"}}}
	for _, letter := range letters {
		s.Groups = append(s.Groups, profile.Group{Point: 0, Owner: 0, Class: string(letter), Live: profile.Amount{Bytes: 100, Blocks: 10}})
	}
	for ends, blocks := range references {
		from, to, _ := strings.Cut(ends, ">")
		r := profile.Reference{From: strings.Index(letters, from), Owner: -1, To: strings.Index(letters, to), Pointers: blocks, Blocks: blocks}
		if from == "" {
			r.From, r.Owner = -1, 0
		}
		s.References = append(s.References, r)
	}
	p.Recording.Snapshots = []profile.Snapshot{s}
	return held.New(view.NewSource(p), 0)
}

func TestTheMostCommonShortestWayComesFirst(t *testing.T) {
	for _, c := range []struct {
		letters    string
		references map[string]uint64
		want       string // the ways to the last letter, with how many blocks go there
	}{
		{"AB", map[string]uint64{">A": 10, "A>B": 10}, "A B 10"},
		{"ABC", map[string]uint64{">A": 10, ">B": 10, "A>C": 3, "B>C": 7}, "B C 7, A C 3"},
		{"AB", map[string]uint64{">A": 1, "A>A": 9, "A>B": 10}, "A+ B 10"},
		{"AB", map[string]uint64{">A": 10, "A>B": 2, "B>B": 8}, "A B+ 10"},
		{"ABC", map[string]uint64{">A": 2, "C>A": 8, "A>B": 10, "B>C": 10}, "A B C 10"},
		{"AB", map[string]uint64{"A>B": 10, "B>A": 10}, ""},
	} {
		h := held.NewHolders(groups(c.letters, c.references), regexp.MustCompile("^"+c.letters[len(c.letters)-1:]+"$"))
		var ways []string
		for _, w := range h.Holders[0].Ways {
			line := ""
			for _, s := range w.Steps {
				line += s.Type
				if s.Chained {
					line += "+"
				}
				line += " "
			}
			ways = append(ways, line+strconv.FormatFloat(w.Blocks, 'f', 0, 64))
		}
		if got := strings.Join(ways, ", "); got != c.want {
			t.Errorf("%v: ways %q, want %q", c.references, got, c.want)
		}
	}
}

func TestATypeThatIsNamedWholeIsNotFoundWithinOthers(t *testing.T) {
	p := reporttest.Held()
	s := profile.Snapshot{Owners: []profile.Owner{{Kind: profile.GlobalOwner, Name: "g"}}}
	for _, class := range []string{"Box<Node>", "Node"} {
		s.Groups = append(s.Groups, profile.Group{Class: class, Live: profile.Amount{Bytes: 100, Blocks: 10}})
	}
	p.Recording.Snapshots = []profile.Snapshot{s}
	o := held.New(view.NewSource(p), 0)
	for pattern, want := range map[string]uint64{"Node": 10, "Nod": 20, "Box<Node>": 10} {
		if got := held.NewHolders(o, regexp.MustCompile(pattern)).All.Blocks; got != want {
			t.Errorf("%s: %d blocks, want %d", pattern, got, want)
		}
	}
}
