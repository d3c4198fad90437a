package pprof

import (
	"encoding/binary"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// Holding is blocks of one point that one owner held at a moment.
type Holding struct {
	Point         int // index into the profile's points
	Owner         string
	Path          string // how the owner leads to them; "": that is not to be told
	Bytes, Blocks uint64
}

// The keys of the labels that tell who held a sample's blocks, and through what.
const (
	ownerLabel = "owner"
	pathLabel  = "path"
)

// besideTypes returns the sample types of what a recording tells besides its columns: what lived at its marks, and what
// Options.Held tells. A mark of a name that came before has none: --at tells them apart by their times.
func besideTypes(p *profile.Profile, o Options) (types []sampleType) {
	if o.Values != AllValues || p.Measure() != profile.HeapBlocks || p.Span != nil {
		return nil
	}
	size := sizeUnit(p)
	if o.Marks && p.Recording != nil && p.Recording.HasFacts {
		known := map[string]bool{}
		for i, m := range p.Moments {
			name := "inuse_space_at_" + word(m.Mark)
			if m.Mark != "" && !known[name] && len(known) < mostMarks {
				known[name] = true
				types = append(types, sampleType{name: name, unit: size, kind: atMoment, index: i})
			}
		}
	}
	if len(o.Held) > 0 {
		types = append(types, sampleType{name: "held_objects", unit: "count", kind: heldBlocks}, sampleType{name: "held_space", unit: size, kind: heldBytes})
	}
	return types
}

// mostMarks is how many marks have a sample type: a value of each is in every sample.
const mostMarks = 32

// word returns a name as one word, which needs no quotes on a command line.
func word(name string) string {
	return strings.Map(func(r rune) rune {
		if r == '_' || r == '-' || r == '.' || r >= '0' && r <= '9' || r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= 0x80 {
			return r
		}
		return '_'
	}, names.Printable(name))
}

// heldSample returns the message of the sample of what an owner held, without its labels. It is valid until the next call.
func (b *builder) heldSample(h *Holding) []byte {
	b.packed = b.packed[:0]
	for i := range b.values {
		var n uint64
		switch b.values[i].kind {
		case heldBlocks:
			n = h.Blocks
		case heldBytes:
			n = h.Bytes
		}
		b.packed = binary.AppendUvarint(b.packed, n)
	}
	b.message = appendField(appendField(b.message[:0], sampleIDs, b.stackIDs(h.Point)), sampleValues, b.packed)
	return b.message
}
