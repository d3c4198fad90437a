package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// leakWords says of a row of leaks how its blocks are lost, and who held those that were never freed and are not lost.
func leakWords(r *view.Row, u human.Units) (lines []string) {
	if r.Leak == nil || r.Kind != view.Entry {
		return nil
	}
	lost, blocks := r.Sums.Get(view.LostBytes), r.Sums.Get(view.LostBlocks)
	if blocks > 0 {
		lines = append(lines, "lost "+howLost(u, profile.Amount{Bytes: lost, Blocks: blocks}, r.Leak.Direct, r.Leak.Cyclic))
	}
	if held := r.Leak.Held; len(held) > 0 && r.Sums.Get(view.EndBlocks) > blocks {
		words := "held by "
		if blocks > 0 {
			words = "others held by "
		}
		lines = append(lines, words+holdersWords(held))
	}
	return lines
}

// howLost says which part of what is lost is lost directly, hangs on other lost blocks, or leads to itself.
func howLost(u human.Units, lost, direct, cyclic profile.Amount) string {
	if direct == lost {
		return "directly"
	}
	var parts []string
	add := func(a profile.Amount, how string) {
		if a.Blocks > 0 {
			parts = append(parts, fmt.Sprintf("%s in %s%s", u.Size(a.Bytes), u.Blocks(a.Blocks), how))
		}
	}
	hanging := profile.Amount{
		Bytes:  lost.Bytes - min(lost.Bytes, direct.Bytes+cyclic.Bytes),
		Blocks: lost.Blocks - min(lost.Blocks, direct.Blocks+cyclic.Blocks),
	}
	switch lost {
	case hanging:
		return "with other lost blocks, which point to them"
	case cyclic:
		return "in cycles"
	}
	add(direct, " directly")
	add(hanging, " with these")
	add(cyclic, " in cycles")
	return strings.Join(parts, ", ")
}

// holdersWords names who held most, and how many others did.
func holdersWords(held []view.HeldBy) string {
	words := "several owners together"
	if o := held[0].Owner; o != nil {
		name, where := OwnerWords(o)
		words = name
		if where != "" {
			words += " (" + where + ")"
		}
	}
	if more := len(held) - 1; more > 0 {
		words += " and " + human.Counted(uint64(more), "other")
	}
	return words
}

// leakFacts returns the lines above a report of leaks that say when was looked, and what was lost and what was held then.
func leakFacts(r *view.Report) []text.Fact {
	s := r.Source.Profile.LastSnapshot()
	if r.Options.Question == view.AskLeaks && s == nil && LivesOn(r.Source.Profile) {
		return []text.Fact{NoteFact("the program ran on: what it had not freed until then need not be a leak")}
	}
	if r.Options.Question != view.AskLeaks || s == nil {
		return nil
	}
	u := r.Units
	var direct, cyclic profile.Amount
	for _, g := range s.Groups {
		direct.Add(g.Direct)
		cyclic.Add(g.Cyclic)
	}
	lost := "nothing: something led to each block"
	if s.Unreached.Blocks > 0 {
		lost = fmt.Sprintf("%s in %s that nothing led to: %s", u.Size(s.Unreached.Bytes), u.Blocks(s.Unreached.Blocks), howLost(u, s.Unreached, direct, cyclic))
	}
	held := profile.Amount{Bytes: s.Live.Bytes - min(s.Unreached.Bytes, s.Live.Bytes), Blocks: s.Live.Blocks - min(s.Unreached.Blocks, s.Live.Blocks)}
	facts := []text.Fact{
		{Label: "looked", Text: fmt.Sprintf("%s, at %s of %s", SnapshotWords(s), u.Time(float64(s.Time)), u.Time(float64(r.Source.Profile.EndTime)))},
		{Label: "lost", Text: names.Printable(lost)},
		{Label: "held", Text: fmt.Sprintf("%s in %s then", u.Size(held.Bytes), u.Blocks(held.Blocks))},
	}
	return append(facts, doubtNotes(s)...)
}
