package dhat

import (
	"fmt"
	"math"
	"math/bits"

	"heapprof/internal/profile"
)

// snapshotJSON is a profile.Snapshot in a file. Amounts are two numbers, bytes and blocks. What
// there may be very many of are rows of numbers, the names in which stand in Names; the first is "".
type snapshotJSON struct {
	Kind      string    `json:"kind"`
	Mark      string    `json:"mark,omitempty"`
	Time      uint64    `json:"time"`
	Amounts   [6]uint64 `json:"live"` // of Live, Shared and Unreached
	Padded    bool      `json:"padded,omitempty"`
	Zeroed    bool      `json:"zeroed,omitempty"`
	LeaksOnly bool      `json:"leaksOnly,omitempty"`
	Unread    uint64    `json:"unread,omitempty"`
	Names     []string  `json:"names,omitempty"`

	Owners     []ownerJSON  `json:"owners,omitempty"`
	SharedTop  [][7]uint64  `json:"sharedTop,omitempty"`
	Groups     [][11]uint64 `json:"groups,omitempty"`
	References [][5]uint64  `json:"references,omitempty"`
	Deep       [][15]uint64 `json:"deep,omitempty"`
	Contents   [][17]uint64 `json:"contents,omitempty"`
}

// ownerJSON is a profile.Owner in a file.
type ownerJSON struct {
	Kind     string      `json:"kind"`
	Name     string      `json:"name,omitempty"`
	In       string      `json:"in,omitempty"`
	Thread   string      `json:"thread,omitempty"`
	File     string      `json:"file,omitempty"`
	Line     uint64      `json:"line,omitempty"`
	Type     string      `json:"type,omitempty"`
	Size     uint64      `json:"size,omitempty"`
	Retained [2]uint64   `json:"retained"`
	Reaches  [2]uint64   `json:"reaches"`
	Shares   *[2]uint64  `json:"shares,omitempty"` // of nothing: left out
	Top      [][7]uint64 `json:"top,omitempty"`
}

// snapshotNames gives names numbers.
type snapshotNames struct {
	list    []string
	numbers map[string]uint64
}

func (n *snapshotNames) number(name string) uint64 {
	number, ok := n.numbers[name]
	if !ok {
		number = uint64(len(n.list))
		n.list, n.numbers[name] = append(n.list, name), number
	}
	return number
}

// top returns rows of an owner's Top.
func (n *snapshotNames) top(held []profile.Held) (rows [][7]uint64) {
	for _, h := range held {
		rows = append(rows, [7]uint64{uint64(h.Depth), uint64(h.Point), n.number(h.Class), h.Self.Bytes, h.Self.Blocks, h.Retained.Bytes, h.Retained.Blocks})
	}
	return rows
}

// newSnapshotsJSON returns snapshots as they stand in a file.
func newSnapshotsJSON(snapshots []profile.Snapshot) (list []snapshotJSON) {
	for i := range snapshots {
		list = append(list, newSnapshotJSON(&snapshots[i]))
	}
	return list
}

func newSnapshotJSON(s *profile.Snapshot) snapshotJSON {
	names := &snapshotNames{[]string{""}, map[string]uint64{"": 0}}
	j := snapshotJSON{
		Kind: string(s.Kind), Mark: s.Mark, Time: s.Time, Padded: s.Padded, Zeroed: s.Zeroed, LeaksOnly: s.LeaksOnly, Unread: s.Unread,
		Amounts: [6]uint64{s.Live.Bytes, s.Live.Blocks, s.Shared.Bytes, s.Shared.Blocks, s.Unreached.Bytes, s.Unreached.Blocks},
	}
	for _, o := range s.Owners {
		row := ownerJSON{
			Kind: string(o.Kind), Name: o.Name, In: o.In, Thread: o.Thread, File: o.File, Line: o.Line, Type: o.Type, Size: o.Size,
			Retained: [2]uint64{o.Retained.Bytes, o.Retained.Blocks}, Reaches: [2]uint64{o.Reaches.Bytes, o.Reaches.Blocks},
		}
		if o.Shares.Blocks > 0 {
			row.Shares = &[2]uint64{o.Shares.Bytes, o.Shares.Blocks}
		}
		row.Top = names.top(o.Top)
		j.Owners = append(j.Owners, row)
	}
	j.SharedTop = names.top(s.SharedTop)
	for _, g := range s.Groups {
		j.Groups = append(j.Groups, [11]uint64{
			uint64(g.Point), signed(g.Owner), names.number(g.Class), g.Live.Bytes, g.Live.Blocks, g.Retained.Bytes, g.Retained.Blocks,
			g.Direct.Bytes, g.Direct.Blocks, g.Cyclic.Bytes, g.Cyclic.Blocks,
		})
	}
	for _, r := range s.References {
		j.References = append(j.References, [5]uint64{signed(r.From), signed(r.Owner), uint64(r.To), r.Pointers, r.Blocks})
	}
	for _, d := range s.Deep {
		a, b := d.EachRetained, d.EachDeep
		j.Deep = append(j.Deep, [15]uint64{
			signed(d.Point), names.number(d.Type), d.Live.Bytes, d.Live.Blocks, d.Retained.Bytes, d.Retained.Blocks, d.Deep.Bytes, d.Deep.Blocks,
			a.Smallest, a.Median, a.Largest, b.Smallest, b.Median, b.Largest, d.Looked,
		})
	}
	for _, c := range s.Contents {
		j.Contents = append(j.Contents, [17]uint64{
			uint64(c.Point), c.Live.Bytes, c.Live.Blocks, c.Duplicates.Bytes, c.Duplicates.Blocks, c.Copies.Size, c.Copies.Blocks,
			c.Constant.Bytes, c.Constant.Blocks, c.Zero.Bytes, c.Zero.Blocks, c.Counted.Bytes, c.Counted.Blocks, c.Empty.Bytes, c.Empty.Blocks, c.Used, c.Written,
		})
	}
	if len(names.list) > 1 {
		j.Names = names.list
	}
	return j
}

// signed returns a small number that may be -1 or -2 as a file has it: with 2 more.
func signed(n int) uint64 { return uint64(n + 2) }

// unsigned is the reverse of signed. A number that is too large becomes one that is no index.
func unsigned(n uint64) int { return pointIndex(n) - 2 }

// snapshots returns the snapshots of a file. The points and the like that they refer to are not checked.
func snapshots(list []snapshotJSON) (made []profile.Snapshot, err error) {
	for i := range list {
		s, err := list[i].snapshot()
		if err != nil {
			return nil, err
		}
		made = append(made, s)
	}
	return made, nil
}

func (j *snapshotJSON) snapshot() (profile.Snapshot, error) {
	n := j.Amounts
	s := profile.Snapshot{
		Kind: profile.SnapshotKind(j.Kind), Mark: j.Mark, Time: j.Time, Padded: j.Padded, Zeroed: j.Zeroed, LeaksOnly: j.LeaksOnly, Unread: j.Unread,
		Live: profile.Amount{Bytes: n[0], Blocks: n[1]}, Shared: profile.Amount{Bytes: n[2], Blocks: n[3]}, Unreached: profile.Amount{Bytes: n[4], Blocks: n[5]},
	}
	var wrong error
	name := func(number uint64) string {
		switch {
		case number == 0:
			return ""
		case number >= uint64(len(j.Names)):
			wrong = fmt.Errorf("a snapshot refers to name %d, and there are %d", number, len(j.Names))
			return ""
		}
		return j.Names[number]
	}
	top := func(rows [][7]uint64) (held []profile.Held) {
		for _, n := range rows {
			held = append(held, profile.Held{Depth: pointIndex(n[0]), Point: pointIndex(n[1]), Class: name(n[2]), Self: amount(n[3:]), Retained: amount(n[5:])})
		}
		return held
	}
	for _, row := range j.Owners {
		o := profile.Owner{
			Kind: profile.OwnerKind(row.Kind), Name: row.Name, In: row.In, Thread: row.Thread, File: row.File, Line: row.Line, Type: row.Type, Size: row.Size,
			Retained: amount(row.Retained[:]), Reaches: amount(row.Reaches[:]),
		}
		if row.Shares != nil {
			o.Shares = amount(row.Shares[:])
		}
		o.Top = top(row.Top)
		s.Owners = append(s.Owners, o)
	}
	s.SharedTop = top(j.SharedTop)
	for _, n := range j.Groups {
		s.Groups = append(s.Groups, profile.Group{
			Point: pointIndex(n[0]), Owner: unsigned(n[1]), Class: name(n[2]), Live: amount(n[3:]), Retained: amount(n[5:]), Direct: amount(n[7:]), Cyclic: amount(n[9:]),
		})
	}
	for _, n := range j.References {
		s.References = append(s.References, profile.Reference{From: unsigned(n[0]), Owner: unsigned(n[1]), To: pointIndex(n[2]), Pointers: n[3], Blocks: n[4]})
	}
	for _, n := range j.Deep {
		s.Deep = append(s.Deep, profile.DeepSizes{
			Point: unsigned(n[0]), Type: name(n[1]), Live: amount(n[2:]), Retained: amount(n[4:]), Deep: amount(n[6:]),
			EachRetained: profile.Spread{Smallest: n[8], Median: n[9], Largest: n[10]}, EachDeep: profile.Spread{Smallest: n[11], Median: n[12], Largest: n[13]}, Looked: n[14],
		})
	}
	for _, n := range j.Contents {
		s.Contents = append(s.Contents, profile.Contents{
			Point: pointIndex(n[0]), Live: amount(n[1:]), Duplicates: amount(n[3:]), Copies: profile.SizeRun{Size: n[5], Blocks: n[6]},
			Constant: amount(n[7:]), Zero: amount(n[9:]), Counted: amount(n[11:]), Empty: amount(n[13:]), Used: n[15], Written: n[16],
		})
	}
	return s, wrong
}

// amount returns the amount with which a row of numbers begins.
func amount(n []uint64) profile.Amount { return profile.Amount{Bytes: n[0], Blocks: n[1]} }

// checkSnapshots returns the error for snapshots that refer to what does not exist, or
// add up to more than 64 bits; nil if there are none.
func checkSnapshots(p *profile.Profile) error {
	if p.Recording == nil {
		return nil
	}
	for i := range p.Recording.Snapshots {
		if err := checkSnapshot(&p.Recording.Snapshots[i], len(p.Points)); err != nil {
			return fmt.Errorf("snapshot %d %w", i, err)
		}
	}
	return nil
}

func checkSnapshot(s *profile.Snapshot, points int) error {
	var wrong error
	check := func(what string, index, least, end int) {
		if wrong == nil && (index < least || index >= end) {
			wrong = fmt.Errorf("refers to %s %d, and there are %d", what, index, end)
		}
	}
	sum := uint64(0)
	add := func(amounts ...profile.Amount) {
		for _, a := range amounts {
			for _, n := range []uint64{a.Bytes, a.Blocks} {
				var carry uint64
				if sum, carry = bits.Add64(sum, n, 0); carry != 0 && wrong == nil {
					wrong = fmt.Errorf("adds up to more than 2^64-1")
				}
			}
		}
		sum = min(sum, math.MaxUint64)
	}
	top := func(held []profile.Held) {
		for _, h := range held {
			check("point", h.Point, 0, points)
			check("depth", h.Depth, 0, len(held))
		}
	}
	for _, o := range s.Owners {
		top(o.Top)
		add(o.Retained)
	}
	top(s.SharedTop)
	add(s.Shared, s.Unreached)
	sum = 0
	for _, g := range s.Groups {
		check("point", g.Point, 0, points)
		check("owner", g.Owner, profile.UnreachedOwner, len(s.Owners))
		add(g.Live, g.Direct, g.Cyclic)
	}
	for _, r := range s.References {
		check("group", r.From, -1, len(s.Groups))
		check("owner", r.Owner, -1, len(s.Owners))
		check("group", r.To, 0, len(s.Groups))
	}
	for _, d := range s.Deep {
		check("point", d.Point, -1, points)
	}
	sum = 0
	for _, c := range s.Contents {
		check("point", c.Point, 0, points)
		add(c.Live, c.Duplicates, c.Counted)
	}
	return wrong
}
