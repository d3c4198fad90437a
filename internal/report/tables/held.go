package tables

import (
	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

func (b *builder) snapshots() []profile.Snapshot {
	if b.Profile.Recording == nil {
		return nil
	}
	return b.Profile.Recording.Snapshots
}

// snapshotTable is the table of the moments at which it is known who held the blocks.
func (b *builder) snapshotTable() Table {
	all := b.snapshots()
	columns := []string{"id", "kind", "mark", "time", "live_bytes", "live_blocks", "shared_bytes", "shared_blocks", "lost_bytes", "lost_blocks"}
	return rows("snapshots", columns, len(all), func(row []Value, i int) []Value {
		s := &all[i]
		return append(row,
			number(uint64(i)), text(string(s.Kind)), text(s.Mark), number(s.Time), number(s.Live.Bytes), number(s.Live.Blocks),
			number(s.Shared.Bytes), number(s.Shared.Blocks), number(s.Unreached.Bytes), number(s.Unreached.Blocks),
		)
	})
}

// owners is the table of what held blocks at each snapshot.
func (b *builder) owners() Table {
	all := b.snapshots()
	columns := []string{
		"snapshot", "owner", "kind", "name", "inside", "thread", "file", "line", "type", "own_bytes",
		"retained_bytes", "retained_blocks", "reaches_bytes", "reaches_blocks", "shares_bytes", "shares_blocks",
	}
	return within("owners", columns, len(all), func(row []Value, i int, yield func([]Value) bool) bool {
		for j, o := range view.NamedOwners(&all[i]) {
			row = append(row[:0],
				integer(int64(i)), integer(int64(j)), text(string(o.Kind)), text(o.Name), text(o.In), text(o.Thread), text(o.File), known(o.Line), text(o.Type), known(o.Size),
				number(o.Retained.Bytes), number(o.Retained.Blocks), number(o.Reaches.Bytes), number(o.Reaches.Blocks), number(o.Shares.Bytes), number(o.Shares.Blocks),
			)
			if !yield(row) {
				return false
			}
		}
		return true
	})
}

// groups is the table of the blocks of each point by who held them.
func (b *builder) groups() Table {
	all := b.snapshots()
	columns := []string{"snapshot", "point", "owner", "held", "class", "live_bytes", "live_blocks", "retained_bytes", "retained_blocks", "direct_bytes", "direct_blocks", "cyclic_bytes", "cyclic_blocks"}
	return within("groups", columns, len(all), func(row []Value, i int, yield func([]Value) bool) bool {
		for j := range all[i].Groups {
			g := &all[i].Groups[j]
			held := "owner"
			switch g.Owner {
			case profile.SharedOwner:
				held = "shared"
			case profile.UnreachedOwner:
				held = "lost"
			}
			lost := g.Owner == profile.UnreachedOwner
			row = append(row[:0],
				integer(int64(i)), integer(int64(g.Point)), index(g.Owner), text(held), text(g.Class), number(g.Live.Bytes), number(g.Live.Blocks), number(g.Retained.Bytes), number(g.Retained.Blocks),
				measured(g.Direct.Bytes, lost), measured(g.Direct.Blocks, lost), measured(g.Cyclic.Bytes, lost), measured(g.Cyclic.Blocks, lost),
			)
			if !yield(row) {
				return false
			}
		}
		return true
	})
}
