package wording

import (
	"cmp"
	"fmt"
	"path"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// What no single owner holds.
const (
	SharedWords = "shared by several owners"
	LostWords   = "lost: nothing leads to it"
)

// OwnerWords says what an owner is called, and what and where it is.
func OwnerWords(o *profile.Owner) (name, where string) {
	name, in := o.Name, o.In
	switch o.Kind {
	case profile.GlobalOwner:
		where = "global in " + in
	case profile.ThreadLocalOwner:
		where = "thread-local in " + in
		if name == "" {
			name, where = "(a thread's own data)", ""
		}
	case profile.LocalOwner:
		where = "in " + names.Qualified(in)
	case profile.FrameOwner:
		name, where = cmp.Or(names.Qualified(names.CPPFunction(name)), "(no known function)"), "words of its frame"
	case profile.DataOwner:
		if in == "" {
			return "(the smallest owners together)", ""
		}
		name, where = in, "data without symbols"
	case profile.MappingOwner:
		switch {
		case name != "":
			name, where = path.Base(name), "mapped file"
		case in != "":
			name, where = "mapped memory", "by "+names.Qualified(names.CPPFunction(in))
		default:
			name = "mapped memory"
		}
	case profile.KernelOwner:
		where = "what the program gave the kernel to keep"
	case profile.PoolOwner:
		name, where = "pool: holder cannot be told", ""
	}
	if o.Thread != "" {
		where = strings.TrimPrefix(where+", thread "+o.Thread, ", ")
	}
	return name, where
}

// BelowOwner says what most is of what an owner retains, if that is to be said, and how much more it leads to.
func BelowOwner(r *held.Retained, o *held.Owner, most *held.Share) string {
	var parts []string
	if o.Kind == profile.PoolOwner && o.In != "" {
		parts = append(parts, "mapped by "+names.Qualified(names.CPPFunction(o.In)))
	}
	const telling = 4 // part of what it retains from which on the most of it says something
	if most != nil && most.Bytes*telling >= o.Retained.Bytes && most.Bytes > 0 {
		share := r.Units.Percent(most.Bytes, o.Retained.Bytes) + " "
		if most.Bytes == o.Retained.Bytes {
			share = ""
		}
		parts = append(parts, share+ThingWords(most.Thing))
	}
	const much = 100 // part of what lives that is worth a word
	if o.Reaches.Bytes > o.Retained.Bytes+r.Live.Bytes/much {
		parts = append(parts, fmt.Sprintf("leads to %s, with what others hold, too", r.Units.Size(o.Reaches.Bytes)))
	}
	return strings.Join(parts, "; ")
}

// SharingWords names the owners that hold most of what several hold.
func SharingWords(r *held.Retained) string {
	const (
		most  = 4   // that are named
		least = 10  // part of what is shared that one has which is named
		much  = 100 // part of what lives that is worth a word
	)
	if r.Shared.Bytes*much < r.Live.Bytes {
		return ""
	}
	var all []string
	named := 0
	for _, o := range r.Sharing() {
		name, where := OwnerWords(o.Owner)
		if o.Kind == profile.LocalOwner {
			name += " " + where
		}
		if name = names.CutMiddle(name, labelWidth); !slices.Contains(all, name) {
			all = append(all, name)
		}
		if len(all) <= most && o.Shares.Bytes*least >= r.Shared.Bytes {
			named = len(all)
		}
	}
	switch others := human.Counted(uint64(len(all)-named), "other"); {
	case named == 0:
		return ""
	case named == len(all):
		return "by " + andAll(all)
	default:
		return fmt.Sprintf("most by %s and %s", strings.Join(all[:named], ", "), others)
	}
}

// labelWidth is how wide the name of a site may be among other words, in columns.
const labelWidth = 48

// ThingWords says what a block is.
func ThingWords(t held.Thing) string {
	where := strings.TrimSpace(names.Shorten(t.Label(), labelWidth) + " " + t.Site.Place)
	if t.Type == "" {
		return where
	}
	return t.Type + ", " + where
}

// HeldHead returns the lines above a page on who holds memory.
func HeldHead(o *held.Of, width int) []text.Fact {
	u, alone := o.Units, o.Held()
	parts := []string{fmt.Sprintf("%s held", u.Size(alone.Bytes))}
	switch {
	case o.LeaksOnly:
		parts = []string{fmt.Sprintf("%s held", u.Size(o.Shared.Bytes))}
	case o.Shared.Blocks > 0:
		parts = append(parts, fmt.Sprintf("%s shared by several owners", u.Size(o.Shared.Bytes)))
	}
	lost := "nothing lost"
	if o.Unreached.Blocks > 0 {
		lost = fmt.Sprintf("%s lost", u.Size(o.Unreached.Bytes))
	}
	facts := append(SnapshotHead(o, width),
		text.Fact{Label: "live", Text: fmt.Sprintf("%s in %s: %s", u.Size(o.Live.Bytes), u.Blocks(o.Live.Blocks), strings.Join(append(parts, lost), ", "))})
	if len(o.Others) > 0 {
		var others []string
		for _, s := range o.Others {
			others = append(others, fmt.Sprintf("%s at %s", SnapshotName(s), u.Time(float64(s.Time))))
		}
		facts = append(facts, text.Fact{Label: "also kept", Text: SomeNames(others) + ": --at shows one"})
	}
	return append(facts, HeldNotes(o)...)
}

// HeldNotes returns what a reader of who holds memory should know besides the numbers.
func HeldNotes(o *held.Of) (facts []text.Fact) {
	const near = 0.9 // of the peak
	p := o.Source.Profile
	if share := o.PeakShare(p); o.Snapshot.Kind == profile.PeakSnapshot && share < near {
		facts = append(facts, NoteFact(fmt.Sprintf("no copy was made nearer to the peak, which was at %s", o.Units.Time(float64(p.PeakTime)))))
	}
	return append(facts, snapshotNotes(o.Snapshot)...)
}

// SnapshotHead returns the lines that say of which moment a page is.
func SnapshotHead(o *held.Of, width int) []text.Fact {
	p := o.Source.Profile
	return []text.Fact{
		CommandLine(p, width),
		{Label: "moment", Text: MomentWords(o)},
	}
}

// MomentWords says which moment a snapshot is of, and how much of the peak lived then.
func MomentWords(o *held.Of) string {
	u, p := o.Units, o.Source.Profile
	return fmt.Sprintf("%s, %s of %s: %s of the peak's %s", SnapshotWords(o.Snapshot),
		u.Time(float64(o.Time)), u.Time(float64(p.EndTime)), u.Percentage(100*o.PeakShare(p)), u.Size(o.PeakBytes()))
}

// snapshotNotes returns what a reader of a snapshot should know besides the numbers.
func snapshotNotes(s *profile.Snapshot) []text.Fact {
	notes := doubtNotes(s)
	if s.LeaksOnly {
		notes = append(notes, NoteFact("who holds what was not told apart, as that takes more memory than run --retained-memory allows"))
	}
	return notes
}

// doubtNotes returns why what a snapshot says of single blocks may be wrong.
func doubtNotes(s *profile.Snapshot) (facts []text.Fact) {
	if s.Unread > 0 {
		facts = append(facts, NoteFact(fmt.Sprintf("%s that may hold pointers could not be read: what only these lead to is called lost", human.Bytes(s.Unread))))
	}
	switch {
	case !s.Padded && !s.Zeroed:
		facts = append(facts, NoteFact("blocks were neither padded nor zeroed: a pointer to a block's end may count for the next block, and one left over from before in a block, too"))
	case !s.Padded:
		facts = append(facts, NoteFact("blocks were not padded: a pointer to a block's end may count as one to the next block"))
	case !s.Zeroed:
		facts = append(facts, NoteFact("blocks were not zeroed: what was left over in them from before may count as a pointer"))
	}
	return facts
}

// FrameNotes says what it means that words of a frame hold much, where some do.
func FrameNotes(r *held.Retained) []text.Fact {
	const much = 100 // part of what lives that is worth a note
	for _, o := range r.Owners {
		if o.Kind == profile.FrameOwner && o.Retained.Bytes*much >= r.Live.Bytes && o.Retained.Blocks > 0 {
			return []text.Fact{NoteFact("words of a frame are what a function has besides the variables that debug information tells of: in use, most often, but they may be left over from before")}
		}
	}
	return nil
}

// SnapshotWords says which moment a snapshot is of.
func SnapshotWords(s *profile.Snapshot) string {
	switch s.Kind {
	case profile.ExitSnapshot:
		return "when exit was called, before destructors ran"
	case profile.MarkSnapshot:
		return "at mark " + names.Printable(s.Mark)
	}
	return "nearest to the peak"
}

// SnapshotName is how a command line names a snapshot.
func SnapshotName(s *profile.Snapshot) string {
	if s.Kind == profile.MarkSnapshot {
		return names.Printable(s.Mark)
	}
	return string(s.Kind)
}

// OwnerLine says what an owner is, in one piece.
func OwnerLine(o *profile.Owner) string {
	name, where := OwnerWords(o)
	if where == "" {
		return name
	}
	return name + " (" + where + ")"
}
