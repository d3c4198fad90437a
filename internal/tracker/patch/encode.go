package patch

import (
	"debug/elf"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"fmt"
)

// The flat form of a plan is a header and one record for each patch, little-endian
// and all of fixed size, so that C reads it as an array of structures (their mirror
// is in testdata/programs/patched.c). It has what applying needs: no names.
const (
	planMagic  = 0x31504148 // "HAP1"
	maxBuildID = 32         // bytes: of SHA-256, the longest that linkers write
	maxMoved   = 64         // bytes of moved code
	maxFixups  = 6
)

type flatHeader struct {
	Magic       uint32
	Machine     uint16 // e_machine
	BuildIDSize uint16 // 0: the file is told by size and time
	BuildID     [maxBuildID]byte
	Size        uint64 // bytes
	ModTime     int64  // nanoseconds since 1970
	Patches     uint32
	RecordSize  uint32
}

type flatFixup struct {
	Target uint64
	Offset uint32
	Kind   uint32
}

type flatPatch struct {
	Entry                                    uint64
	Action, Size, Count, Pointer, Align, Out uint8 // Call
	ExpectedSize, OverSize                   uint8
	OverOffset, OverKind                     uint8 // the fix-up of Over
	MovedSize, FixupCount                    uint8
	PushesReturn                             bool // one byte
	Reserved                                 [3]uint8
	Expected, Over                           [maxOverwritten]uint8
	Moved                                    [maxMoved]uint8
	Fixups                                   [maxFixups]flatFixup // of Moved
}

// fits says whether a hook has room in the flat form.
func (h *hook) fits() bool {
	return h.skip+h.length <= maxOverwritten && len(h.moved.Bytes) <= maxMoved && len(h.moved.Fixups) <= maxFixups && len(h.over.Fixups) == 1
}

// Encode returns the plan in the flat form.
func (p *Plan) Encode() []byte {
	header := flatHeader{
		Magic: planMagic, Machine: uint16(p.Machine), Size: uint64(p.File.Size), ModTime: p.File.ModTime,
		Patches: uint32(len(p.Patches)), RecordSize: uint32(binary.Size(flatPatch{})),
	}
	if id, err := hex.DecodeString(p.File.BuildID); err == nil {
		header.BuildIDSize = uint16(copy(header.BuildID[:], id))
	}
	flat, err := binary.Append(nil, binary.LittleEndian, &header)
	for i := range p.Patches {
		q := &p.Patches[i]
		c, over := q.Call, q.Over.Fixups[0]
		record := flatPatch{
			Entry:  q.Entry,
			Action: uint8(c.Action), Size: c.Size, Count: c.Count, Pointer: c.Pointer, Align: c.Align, Out: c.Out,
			OverOffset: uint8(over.Offset), OverKind: uint8(over.Kind),
			FixupCount: uint8(len(q.Moved.Fixups)), PushesReturn: q.Moved.PushesReturn,
		}
		record.ExpectedSize = uint8(copy(record.Expected[:], q.Expected))
		record.OverSize = uint8(copy(record.Over[:], q.Over.Bytes))
		record.MovedSize = uint8(copy(record.Moved[:], q.Moved.Bytes))
		for j, f := range q.Moved.Fixups {
			record.Fixups[j] = flatFixup{Target: f.Target, Offset: f.Offset, Kind: uint32(f.Kind)}
		}
		if err == nil {
			flat, err = binary.Append(flat, binary.LittleEndian, &record)
		}
	}
	if err != nil {
		panic(err) // structures of fixed size have no errors
	}
	return flat
}

// Decode reads a plan in the flat form, which leaves the names and the refused
// functions out.
func Decode(flat []byte) (*Plan, error) {
	var header flatHeader
	n, err := binary.Decode(flat, binary.LittleEndian, &header)
	if err != nil || header.Magic != planMagic || int(header.BuildIDSize) > maxBuildID || header.RecordSize != uint32(binary.Size(flatPatch{})) {
		return nil, errors.New("no patch plan, or one of another version")
	}
	flat = flat[n:]
	if uint64(len(flat)) != uint64(header.Patches)*uint64(header.RecordSize) {
		return nil, fmt.Errorf("a patch plan of %d patches cannot have %d bytes", header.Patches, len(flat))
	}
	p := &Plan{
		Machine: elf.Machine(header.Machine),
		File:    Identity{BuildID: hex.EncodeToString(header.BuildID[:header.BuildIDSize]), Size: int64(header.Size), ModTime: header.ModTime},
	}
	for range header.Patches {
		var r flatPatch
		n, err := binary.Decode(flat, binary.LittleEndian, &r)
		if err != nil || r.ExpectedSize > maxOverwritten || r.OverSize > r.ExpectedSize || r.MovedSize > maxMoved || r.FixupCount > maxFixups {
			return nil, fmt.Errorf("patch %d of a patch plan is broken", len(p.Patches))
		}
		flat = flat[n:]
		q := Patch{
			Entry:    r.Entry,
			Call:     Call{Action: Action(r.Action), Size: r.Size, Count: r.Count, Pointer: r.Pointer, Align: r.Align, Out: r.Out},
			Expected: r.Expected[:r.ExpectedSize],
			Over:     Code{Bytes: r.Over[:r.OverSize], Fixups: []Fixup{{Offset: uint32(r.OverOffset), Kind: Kind(r.OverKind)}}},
			Moved:    Code{Bytes: r.Moved[:r.MovedSize], PushesReturn: r.PushesReturn},
		}
		for _, f := range r.Fixups[:r.FixupCount] {
			q.Moved.fix(f.Offset, Kind(f.Kind), f.Target)
		}
		p.Patches = append(p.Patches, q)
	}
	return p, nil
}
