package patch

import (
	"encoding/binary"
	"testing"
)

// FuzzHook plans the hook of whatever bytes: the plan overwrites what it says, moves
// what fits its flat form, and its code can be placed.
func FuzzHook(f *testing.F) {
	for _, code := range []string{
		"f3 0f 1e fa 48 8b 05 10 00 00 00 74 05 c3", "50 ff 15 10 00 00 00 58 c3", "eb 03 90 90 90 c3", "62 f1 fe 48 6f 05 10 00 00 00 c3",
		"66 66 48 e8 00 00 00 00 c3", "67 c5 fe 6f 05 10 00 00 00", "75 fe 75 fc 7f 00 c3",
	} {
		f.Add(bytesOf(f, code), uint8(0), false)
	}
	f.Add(words(armPACIASP, 0xb0000001, armRet), uint8(0), true)
	f.Add(words(0x94000400, armRet), uint8(4), true)
	f.Fuzz(func(t *testing.T, code []byte, size uint8, isARM64 bool) {
		var m machine = x86{}
		if isARM64 {
			m = arm64{}
		}
		b := &body{entry: testEntry, code: code, size: min(int(size), len(code))}
		if size == 0 {
			b.size = len(code)
		}
		m.jump(b)
		m.branches(code, testEntry, 0, 1<<63, func(from, _ uint64) {
			if from < testEntry || from >= testEntry+uint64(len(code)) {
				t.Errorf("a branch at %#x, which is not in the code", from)
			}
		})
		m.passesOver(code, len(code))
		m.uses(b, 4)
		h, err := m.hook(b)
		if err != nil {
			return
		}
		if !h.fits() {
			t.Errorf("% x has no room in a plan", h.moved.Bytes)
		}
		if len(h.over.Bytes) != h.length || h.skip+h.length > len(code) {
			t.Errorf("%d bytes are written over %d from %d on, of %d", len(h.over.Bytes), h.length, h.skip, len(code))
		}
		for _, c := range []Code{h.over, h.moved} {
			for _, f := range c.Fixups {
				width := uint32(4)
				if f.Kind == Abs64 {
					width = 8
				}
				if f.Offset+width > uint32(len(c.Bytes)) {
					t.Errorf("a fix-up at %d of %d bytes", f.Offset, len(c.Bytes))
				}
			}
			placed, err := c.Place(testEntry, 0)
			if err == nil && len(placed) != len(c.Bytes) {
				t.Errorf("%d bytes became %d", len(c.Bytes), len(placed))
			}
		}
		mod := &module{machine: m}
		if err := mod.sameMeaning(b, h); err != nil && !isFar(h, b) {
			t.Error(err)
		}
	})
}

// isFar says whether code names an address too far away for where the test places it.
func isFar(h *hook, b *body) bool {
	for _, f := range h.moved.Fixups {
		if distance := int64(f.Target - b.entry); distance > 1<<26 || distance < -1<<26 {
			return true
		}
	}
	return false
}

// FuzzDecode reads whatever bytes as a plan.
func FuzzDecode(f *testing.F) {
	plan := &Plan{Patches: []Patch{{
		Entry: testEntry, Expected: make([]byte, 9), Call: Call{Action: Alloc, Size: 1},
		Over:  Code{Bytes: make([]byte, 5), Fixups: []Fixup{{Offset: 1, Kind: Rel32}}},
		Moved: Code{Bytes: make([]byte, 12), Fixups: []Fixup{{Offset: 8, Kind: Rel32, Target: testEntry}}},
	}}}
	flat := plan.Encode()
	f.Add(flat)
	f.Add(binary.LittleEndian.AppendUint32(nil, planMagic))
	f.Fuzz(func(t *testing.T, flat []byte) {
		if p, err := Decode(flat); err == nil && len(p.Encode()) != len(flat) {
			t.Errorf("%d bytes are read as a plan of %d", len(flat), len(p.Encode()))
		}
	})
}
