package types

import (
	"testing"

	"heapprof/internal/profile"
)

func TestTheClassOfAllBlocksOfAPointIsItsTypeWhereNoNameTellsOne(t *testing.T) {
	unknown := profile.Frame{Function: "make", File: "/src/a.cc", Line: 3, Language: profile.CPlusPlus}
	for name, c := range map[string]struct {
		classes [][]string // of each snapshot
		want    string
	}{
		"one class":          {[][]string{{"shop::Order"}, {"shop::Order", "shop::Order"}}, "shop::Order"},
		"two classes":        {[][]string{{"shop::Order", "shop::Item"}, {"shop::Order"}}, ""},
		"some are of none":   {[][]string{{"shop::Order"}, {""}, {"shop::Order"}}, ""},
		"no snapshot has it": {nil, ""},
	} {
		p := profileOf(unknown)
		p.Recording = &profile.Recording{}
		for _, classes := range c.classes {
			var s profile.Snapshot
			for _, class := range classes {
				s.Groups = append(s.Groups, profile.Group{Class: class})
			}
			p.Recording.Snapshots = append(p.Recording.Snapshots, s)
		}
		if got := newTable(p).Of(0); got.Name != c.want || got.Full != c.want {
			t.Errorf("%s: the type is %+v, want %q", name, got, c.want)
		}
	}
}

func TestWhatMakeSharedMakesIsCalledSoByItsClass(t *testing.T) {
	for class, want := range map[string]string{
		"std::_Sp_counted_ptr_inplace<app::Node, std::allocator<void>, (__gnu_cxx::_Lock_policy)2>": "std::shared_ptr<app::Node>",
		"std::_Sp_counted_ptr<app::Node*, (__gnu_cxx::_Lock_policy)2>":                              "std::shared_ptr<app::Node> counts",
		"shop::Order": "shop::Order",
	} {
		if got := Class(class); got != want {
			t.Errorf("%s: %q, want %q", class, got, want)
		}
	}
}
