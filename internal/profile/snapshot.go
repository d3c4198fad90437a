package profile

// Snapshot is who held the program's blocks at one moment: what of its memory pointed to which
// blocks, and what would be freed with what.
//
// A block is held if a chain of pointers leads to it from an owner, and unreached otherwise. An owner
// retains a block if all such chains begin with the owner; a block retains another one if all of them go through
// it. The blocks that each owner retains, Shared and Unreached add up to all.
type Snapshot struct {
	Kind SnapshotKind
	Mark string // the name of the mark, of a MarkSnapshot
	Time uint64 // since the start, in the profile's time unit

	Live      Amount // all blocks then
	Shared    Amount // held by several owners, none of which retains them
	Unreached Amount // nothing led to them: the program has lost them

	Owners     []Owner     // those that retain most first; where there are very many, one without a name stands for those that retain least
	SharedTop  []Held      // as an Owner's Top, of what several owners hold
	Groups     []Group     // together all blocks; in no order
	References []Reference // between groups, and from owners to groups; those with the most pointers, where there are very many
	Deep       []DeepSizes // of each point and of each type, but for the smallest of very many; in no order
	Contents   []Contents  // of each point whose blocks tell anything; in the order of points

	// What the pointers are told by. A pointer that leads right behind a block is one to its end, as
	// a vector's, if Padded; else it may be one to the next block. What a block's program has not written
	// to is 0 if Zeroed; else it may look like a pointer.
	Padded, Zeroed bool

	// LeaksOnly reports whether owners were not told apart, as that would have taken more memory than it
	// was to. Owners, References and Deep are empty then, and what is held is in Shared.
	LeaksOnly bool
	Unread    uint64 // bytes that may have held pointers and could not be read
}

// Amount is a number of bytes in a number of blocks.
type Amount struct{ Bytes, Blocks uint64 }

// Add adds b to a.
func (a *Amount) Add(b Amount) {
	a.Bytes += b.Bytes
	a.Blocks += b.Blocks
}

// SnapshotKind is which moment a snapshot is of.
type SnapshotKind string

const (
	PeakSnapshot SnapshotKind = "peak" // at the peak, or as near to it as a copy was made
	ExitSnapshot SnapshotKind = "exit" // when the program asked for its end: before destructors and handlers of exit
	MarkSnapshot SnapshotKind = "mark" // at a mark
)

// What Group.Owner is of blocks that no single owner has.
const (
	SharedOwner    = -1 // they are held by several
	UnreachedOwner = -2 // nothing leads to them
)

// OwnerKind is what kind of memory an owner is.
type OwnerKind string

const (
	GlobalOwner      OwnerKind = "global"       // a variable of the program or of a library
	ThreadLocalOwner OwnerKind = "thread-local" // a variable that each thread has
	LocalOwner       OwnerKind = "local"        // a variable of a function that ran
	FrameOwner       OwnerKind = "frame"        // words of a function's frame that are no variable, or registers: they may be left over
	MappingOwner     OwnerKind = "mapping"      // memory that the program has mapped itself
	DataOwner        OwnerKind = "data"         // a file's data in which no variable is known
	KernelOwner      OwnerKind = "kernel"       // words that the program has given the kernel to hand back to it
	PoolOwner        OwnerKind = "pool"         // memory that is handed out in pieces: which of them holds is not known
)

// Owner is something outside all blocks that holds some.
type Owner struct {
	Kind   OwnerKind
	Name   string // of the variable, of the frame's function, of the mapped file; "" where there is none
	In     string // the function of a LocalOwner; the name of the file, without directories, of a GlobalOwner, ThreadLocalOwner or DataOwner; the function that has mapped a MappingOwner or PoolOwner
	Thread string // name of the thread that has it, where it is not the first one's
	File   string // where the variable is declared; "": not known
	Line   uint64
	Type   string // of the variable; "": not known
	Size   uint64 // its own bytes; 0: not known

	Retained Amount // what would be freed with it
	Reaches  Amount // what it leads to, also what others hold besides; of the smallest of very many owners at least so much

	// Shares is what of Snapshot.Shared it is one of the holders of; of the owners that lead to least of it 0.
	Shares Amount

	// Top are blocks that retain most of what the owner retains, in the order of the tree: a block
	// stands after the one that holds it. Those of one kind that the same ones hold stand together, a list as well.
	Top []Held
}

// Held is blocks that an owner retains, or one that does so for others.
type Held struct {
	Depth    int    // how many of Top stand above it in the tree
	Point    int    // index into Profile.Points
	Class    string // as Group.Class
	Self     Amount // the block itself; of several of the same point, all
	Retained Amount // with all that they retain
}

// Group is those blocks of one point that have the same owner and begin with the address of the same
// class's table.
type Group struct {
	Point    int    // index into Profile.Points
	Owner    int    // index into Owners, SharedOwner or UnreachedOwner
	Class    string // whose table of virtual functions they begin with; "": of none
	Live     Amount
	Retained Amount // what would be freed if all of these were, with them; at least so much, where to tell it takes too long

	// Of blocks that are unreached: those to which not even a lost block points, and those that
	// only a chain of lost blocks points to which comes back to themselves. The others hang on them.
	Direct, Cyclic Amount
}

// Reference is the pointers from one group of blocks, or from one owner, to another group.
type Reference struct {
	From  int // index into Groups; -1: from Owner
	Owner int // index into Owners; -1: from a group
	To    int // index into Groups
	// Pointers are the words that hold an address in a block of To, and Blocks how many of its blocks have
	// the last step of the shortest way to them from an owner here.
	Pointers, Blocks uint64
}

// DeepSizes is how large the blocks of a point, or those of a type, are with all that they hold.
type DeepSizes struct {
	Point int    // index into Profile.Points; -1: of Type
	Type  string // with all paths; "": of a point

	Live     Amount
	Retained Amount // what would be freed with all of them, themselves included
	Deep     Amount // what they lead to, themselves included

	// Of one block with what it retains, and with what it leads to, in bytes. The latter is of Looked blocks: of all, or of the
	// one that retains most and others that were picked evenly; of none where each leads to too much.
	EachRetained, EachDeep Spread
	Looked                 uint64
}

// Spread is a smallest, a median and a largest value.
type Spread struct{ Smallest, Median, Largest uint64 }

// Contents is what the bytes of a point's blocks tell. What the bytes were is not kept.
type Contents struct {
	Point int    // index into Profile.Points
	Live  Amount // the blocks that were looked at

	// Duplicates are the blocks with the same bytes as another one of Profile's blocks, but for one of
	// each kind, and Copies the kind that has most bytes: its size, and how many of the point's there are. Blocks of less
	// than 16 bytes are none, and those to which nothing but 0 was written.
	Duplicates Amount
	Copies     SizeRun
	// Constant are the blocks of 64 bytes or more all bytes of which are the same, and Zero those of them that are 0.
	Constant, Zero Amount

	// Counted are blocks whose bounds are told by a container's pointers, or its pointer, length and
	// capacity. Used is how much of them the container uses, and Empty are those that it does not use at all.
	Counted, Empty Amount
	Used           uint64

	// Written is how many bytes of the blocks are in pieces of 64, counted from a block's beginning, of which one
	// byte is not 0.
	Written uint64
}

// Add adds what the bytes of another point's blocks tell. Copies is that with more bytes.
func (c *Contents) Add(d *Contents) {
	c.Live.Add(d.Live)
	c.Duplicates.Add(d.Duplicates)
	c.Constant.Add(d.Constant)
	c.Zero.Add(d.Zero)
	c.Counted.Add(d.Counted)
	c.Empty.Add(d.Empty)
	c.Used += d.Used
	c.Written += d.Written
	if d.Copies.Size*d.Copies.Blocks > c.Copies.Size*c.Copies.Blocks {
		c.Copies = d.Copies
	}
}

// PeakShare returns which part of the peak's bytes lived at the snapshot: at most 1.
func (s *Snapshot) PeakShare(p *Profile) float64 {
	peak := p.Totals().PeakBytes
	if peak == 0 {
		return 1
	}
	return min(float64(s.Live.Bytes)/float64(peak), 1)
}

// renumbered returns the same of a profile of which point i has become numbers[i]. What is of one
// point may be in several parts then.
func (s Snapshot) renumbered(numbers []int) Snapshot {
	held := func(h Held) Held { h.Point = numbers[h.Point]; return h }
	s.Owners = mapped(s.Owners, func(o Owner) Owner { o.Top = mapped(o.Top, held); return o })
	s.SharedTop = mapped(s.SharedTop, held)
	s.Groups = mapped(s.Groups, func(g Group) Group { g.Point = numbers[g.Point]; return g })
	s.Deep = mapped(s.Deep, func(d DeepSizes) DeepSizes {
		if d.Point >= 0 {
			d.Point = numbers[d.Point]
		}
		return d
	})
	s.Contents = mapped(s.Contents, func(c Contents) Contents { c.Point = numbers[c.Point]; return c })
	return s
}

// mapped returns what f makes of each element; nil where there is none.
func mapped[T any](list []T, f func(T) T) []T {
	if list == nil {
		return nil
	}
	out := make([]T, len(list))
	for i, v := range list {
		out[i] = f(v)
	}
	return out
}

// IsVariable reports whether the owner is a variable with a name.
func (o *Owner) IsVariable() bool {
	return o.Name != "" && (o.Kind == GlobalOwner || o.Kind == ThreadLocalOwner || o.Kind == LocalOwner)
}

// LastSnapshot returns the snapshot that tells of leaks: that of exit or, if there is none, the latest; nil where there is none.
func (p *Profile) LastSnapshot() *Snapshot {
	if i := p.LastSnapshotIndex(); i >= 0 {
		return &p.Recording.Snapshots[i]
	}
	return nil
}

// LastSnapshotIndex returns the index of LastSnapshot; -1 where there is none.
func (p *Profile) LastSnapshotIndex() int {
	last := -1
	if p.Recording == nil {
		return last
	}
	all := p.Recording.Snapshots
	for i := range all {
		if last < 0 || all[i].Kind == ExitSnapshot || all[last].Kind != ExitSnapshot && all[i].Time > all[last].Time {
			last = i
		}
	}
	return last
}

// PeakSnapshotIndex returns the index of the snapshot that tells of the peak: that which was made of it or, if there is
// none or another one has much more, the one with the most bytes; -1 where there is none.
func (p *Profile) PeakSnapshotIndex() int {
	const more = 1.1 // a copy that much larger is nearer to the peak
	peak, most := -1, -1
	if p.Recording == nil {
		return most
	}
	all := p.Recording.Snapshots
	for i := range all {
		if peak < 0 && all[i].Kind == PeakSnapshot {
			peak = i
		}
		if most < 0 || all[i].Live.Bytes > all[most].Live.Bytes {
			most = i
		}
	}
	if peak >= 0 && float64(all[most].Live.Bytes) < more*float64(all[peak].Live.Bytes) {
		return peak
	}
	return most
}

// FindLost sets the column Lost of a profile that has a snapshot: what was unreached at LastSnapshot.
func (p *Profile) FindLost() {
	s := p.LastSnapshot()
	if s == nil {
		return
	}
	p.Columns |= Lost
	for _, g := range s.Groups {
		if g.Owner == UnreachedOwner {
			pt := &p.Points[g.Point]
			r := pt.Edit()
			r.LostBytes, r.LostBlocks = r.LostBytes+g.Live.Bytes, r.LostBlocks+g.Live.Blocks
		}
	}
}
