package patch

import (
	"encoding/binary"
	"encoding/hex"

	"heapprof/internal/tracker/patch/isa"
)

// A plan is applied by testdata/programs/patched.c, which knows no instructions: by a
// flat form, a header and one record for each patch, little-endian and all of fixed size,
// that C reads as an array of structures.
const (
	planMagic  = 0x31504148 // "HAP1"
	maxBuildID = 32         // bytes: of SHA-256, the longest that linkers write
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
	Expected, Over                           [isa.MaxOverwritten]uint8
	Moved                                    [isa.MaxMoved]uint8
	Fixups                                   [isa.MaxFixups]flatFixup // of Moved
}

// encode returns a plan in the flat form.
func encode(p *Plan) []byte {
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
