//go:build linux && (amd64 || arm64)

package tracker

import (
	"cmp"
	"debug/elf"
	"slices"

	"heapprof/internal/object"
	"heapprof/internal/tracker/replay"
)

// boundary finds the functions of Options.Boundary in the files of programs.
type boundary struct {
	side  func(symbol string) Side
	files map[string]*sides // by path and build-id
}

// sides are the functions of a file that have one, by address.
type sides struct {
	all       []sided
	hasInside bool
}

type sided struct {
	start, end uint64
	side       replay.Side
}

// newBoundary returns the boundary for a replay.Reader; nil for none.
func newBoundary(side func(string) Side) replay.Boundary {
	if side == nil {
		return nil
	}
	return &boundary{side, make(map[string]*sides)}
}

// Has implements replay.Boundary: a program has one if it has a function that is inside.
func (b *boundary) Has(program replay.Module) bool { return b.of(program).hasInside }

// Side implements replay.Boundary.
func (b *boundary) Side(m replay.Module, pc uint64) replay.Side {
	all, addr := b.of(m).all, pc-m.Bias
	i, exact := slices.BinarySearchFunc(all, addr, func(s sided, addr uint64) int { return cmp.Compare(s.start, addr) })
	if !exact {
		i--
	}
	if i < 0 || addr >= all[i].end {
		return replay.Neither
	}
	return all[i].side
}

// of returns the functions of a module. A file that cannot be read has none.
func (b *boundary) of(m replay.Module) *sides {
	key := m.Path + "\x00" + m.BuildID
	if known := b.files[key]; known != nil {
		return known
	}
	s := &sides{}
	b.files[key] = s
	object.Read(m.Path, func(f *object.File) error {
		for _, t := range f.SymbolTables() {
			for rest := t.Entries; len(rest) >= object.SymbolSize; rest = rest[object.SymbolSize:] {
				symbol := object.Symbol(rest)
				if symbol.Type() != elf.STT_FUNC || symbol.IsUndefined() || symbol.Size() == 0 {
					continue
				}
				side := b.side(string(t.Name(symbol.NameAt())))
				if side == Neither {
					continue
				}
				s.all = append(s.all, sided{symbol.Address(), symbol.Address() + symbol.Size(), replay.Side(side)})
				s.hasInside = s.hasInside || side == Inside
			}
		}
		return nil
	})
	slices.SortFunc(s.all, func(a, b sided) int { return cmp.Compare(a.start, b.start) })
	return s
}
