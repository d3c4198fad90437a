package isa

import (
	"testing"

	"heapprof/internal/tracker/patch/patchtest"
)

// FuzzHook plans the hook of whatever bytes: the plan overwrites what it says, moves
// what fits its flat form, and its code can be placed.
func FuzzHook(f *testing.F) {
	patchtest.AddFunctions(f)
	f.Fuzz(func(t *testing.T, code []byte, size uint8, isARM64 bool) {
		m, b := anyFunction(code, size, isARM64)
		m.FindBranches(code, patchtest.Entry, NewTargets(Range{0, 1 << 63}), func(from, _ uint64, _ bool) {
			if from < patchtest.Entry || from >= patchtest.Entry+uint64(len(code)) {
				t.Errorf("a branch at %#x, which is not in the code", from)
			}
		})
		m.FindSlotBranches(code, patchtest.Entry, func(_, _ uint64) {})
		h, obstacle := m.Hook(b)
		if obstacle != nil {
			return
		}
		if !h.Fits() {
			t.Errorf("% x has no room in a plan", h.Moved.Bytes)
		}
		if len(h.Over.Bytes) != h.Length || h.Skip+h.Length > len(code) {
			t.Errorf("%d bytes are written over %d from %d on, of %d", len(h.Over.Bytes), h.Length, h.Skip, len(code))
		}
		checkFixups(t, h.Over)
		checkFixups(t, h.Moved)
		if err := sameMeaning(m, b, h); err != nil && !isFar(h, b) {
			t.Error(err)
		}
	})
}

// checkFixups checks that code can be placed.
func checkFixups(t *testing.T, c Code) {
	for _, f := range c.Fixups {
		width := uint32(4)
		if f.Kind == Abs64 {
			width = 8
		}
		if f.Offset+width > uint32(len(c.Bytes)) {
			t.Errorf("a fix-up at %d of %d bytes", f.Offset, len(c.Bytes))
		}
	}
	placed, err := c.Place(patchtest.Entry, 0)
	if err == nil && len(placed) != len(c.Bytes) {
		t.Errorf("%d bytes became %d", len(c.Bytes), len(placed))
	}
}

// isFar reports whether code names an address too far away for where the test places it.
func isFar(h *Hook, b *Body) bool {
	for _, f := range h.Moved.Fixups {
		if distance := int64(f.Target - b.Entry); distance > 1<<26 || distance < -1<<26 {
			return true
		}
	}
	return false
}

// anyFunction returns a function of so many bytes of code, 0 for all.
func anyFunction(code []byte, size uint8, isARM64 bool) (Machine, *Body) {
	b := &Body{Entry: patchtest.Entry, Code: code, Size: min(int(size), len(code))}
	if size == 0 {
		b.Size = len(code)
	}
	if isARM64 {
		return arm64{}, b
	}
	return x86{}, b
}
