package report

import (
	"cmp"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// fact is one line of an overview: a label and what it says.
type fact struct{ label, text string }

// overview says in a few lines what a profile holds: totals, peak, end, and
// whatever was lost.
func overview(p *profile.Profile, total *Sums) []fact {
	u := human.UnitsOf(p)
	amount := func(bytes, blocks Metric) string {
		return fmt.Sprintf("%s in %s", u.Size(total.Get(bytes)), u.Blocks(total.Get(blocks)))
	}
	verb := strings.ToLower(names.Printable(p.Verb))
	if verb == "" {
		verb = "total"
	}
	facts := []fact{{verb, amount(TotalBytes, TotalBlocks)}}
	if PeakBytes.Has(p) {
		when := ""
		if p.EndTime > 0 {
			when = fmt.Sprintf(", at %s of %s", u.Time(float64(p.PeakTime)), u.Time(float64(p.EndTime)))
		}
		facts = append(facts, fact{"peak", amount(PeakBytes, PeakBlocks) + when})
		end := "nothing"
		if total.Get(EndBlocks) > 0 {
			end = amount(EndBytes, EndBlocks)
		}
		facts = append(facts, fact{"live at exit", end})
	}
	if p.Mode == profile.ModeMappings {
		facts = append(facts, kinds(p)...)
		facts = append(facts, fact{"note", "address space in whole pages, touched or not; no part of the heap's numbers"})
	} else {
		facts = append(facts, mapped(p)...)
	}
	if TemporaryBlocks.Has(p) && total.Get(TotalBlocks) > 0 {
		facts = append(facts, fact{"temporary", total.temporaryShare() + " of blocks, freed before their thread's next allocation"})
	}
	return append(facts, losses(p)...)
}

// mapped says how much was mapped beside the heap; nothing where that was not recorded.
func mapped(p *profile.Profile) []fact {
	m := p.OfMappings()
	if m == nil {
		return nil
	}
	sum := m.Totals()
	return []fact{{"mappings", fmt.Sprintf("%s at their peak, %s at exit, apart from the heap: report --mappings shows them",
		human.Bytes(sum.PeakBytes), human.Bytes(sum.EndBytes))}}
}

// kinds says what the mappings at the peak were, the most first.
func kinds(p *profile.Profile) []fact {
	peaks := make(map[string]uint64)
	for i := range p.Points {
		if pt := &p.Points[i]; len(pt.Frames) > 0 && pt.PeakBytes > 0 {
			peaks[p.Frames[pt.Frames[0]].Function] += pt.PeakBytes
		}
	}
	sorted := slices.SortedFunc(maps.Keys(peaks), func(a, b string) int {
		return cmp.Or(cmp.Compare(peaks[b], peaks[a]), cmp.Compare(a, b))
	})
	var parts []string
	for _, name := range sorted {
		parts = append(parts, human.Bytes(peaks[name])+" "+names.Printable(strings.Trim(name, "[]")))
	}
	if parts == nil {
		return nil
	}
	return []fact{{"of the peak", strings.Join(parts, ", ")}}
}

// losses says what a recording cut or missed; nothing where it is complete.
func losses(p *profile.Profile) []fact {
	if p.Recording == nil {
		return nil
	}
	c := p.Recording.Counts
	facts := missingSplit(p)
	for _, n := range p.Recording.Notes {
		facts = append(facts, fact{"note", names.Printable(n.Text)})
	}
	note := func(n uint64, format string, args ...any) {
		if n > 0 {
			facts = append(facts, fact{"note", fmt.Sprintf(format, args...)})
		}
	}
	was := func(n uint64) string {
		if n == 1 {
			return "was"
		}
		return "were"
	}
	note(c.TruncatedStacks, "%s (%s) %s cut at %s",
		human.Counted(c.TruncatedStacks, "stack"), human.Counted(c.TruncatedBlocks, "block"), was(c.TruncatedStacks), depth(p.Recording))
	note(c.IncompleteStacks, "%s (%s) could not be followed to the outer end",
		human.Counted(c.IncompleteStacks, "stack"), human.Counted(c.IncompleteBlocks, "block"))
	note(c.LostEvents, "%s %s lost: the numbers are too low", human.Counted(c.LostEvents, "allocator call"), was(c.LostEvents))
	note(c.UnknownFrees, "%s of blocks that were not seen to be allocated", human.Counted(c.UnknownFrees, "free"))
	note(c.UnplacedModules, "%s beyond the first 65,535, or 4,096 at once: stacks there are not named", human.Counted(c.UnplacedModules, "library"))
	note(c.Unprofiled, "%s %s not profiled: run --children does", human.Counted(c.Unprofiled, "child process"), was(c.Unprofiled))
	return facts
}

// depth names the limit of a recording's stacks, and the one that would keep those that
// it cut, as far as that is known.
func depth(x *profile.Recording) string {
	them := "them"
	if x.Counts.TruncatedStacks == 1 {
		them = "it"
	}
	switch {
	case x.Depth == 0:
		return "--depth"
	case x.Depth >= maxDepth:
		return fmt.Sprintf("--depth %d, which is the most", x.Depth)
	case x.Deepest > maxDepth:
		return fmt.Sprintf("--depth %d, and some at %d too, which is the most", x.Depth, maxDepth)
	case x.Deepest > x.Depth:
		return fmt.Sprintf("--depth %d: --depth %d keeps %s", x.Depth, x.Deepest, them)
	}
	return fmt.Sprintf("--depth %d; --depth %d is the most", x.Depth, maxDepth)
}

// writeFacts writes labels in a column of their own.
func writeFacts(w io.Writer, facts []fact, s palette) error {
	width := 0
	for _, f := range facts {
		width = max(width, names.Width(f.label))
	}
	for _, f := range facts {
		label := f.label + strings.Repeat(" ", width-names.Width(f.label))
		style := s.dim
		if f.label == "note" {
			style = s.warn
		}
		if _, err := fmt.Fprintf(w, "%s  %s\n", style(label), f.text); err != nil {
			return err
		}
	}
	return nil
}
