package isa

import (
	"testing"

	"golang.org/x/arch/x86/x86asm"
)

// TestLayoutsOfX86AgreeWithTheDecoder measures every opcode of one and of two bytes, with
// every ModR/M byte and the prefixes that change sizes: where the decoder knows the
// instruction, it has the same length.
func TestLayoutsOfX86AgreeWithTheDecoder(t *testing.T) {
	known, wrong := 0, 0
	for _, before := range []string{"", "\x66", "\x67", "\x48", "\x66\x48", "\x0f", "\x66\x0f", "\x67\x0f", "\x48\x0f", "\x66\x48\x0f"} {
		for opcode := range 1 << 16 { // and the byte behind it
			code := append([]byte(before), byte(opcode>>8), byte(opcode), 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15)
			layout, ok := measureX86(code)
			inst, err := x86asm.Decode(code, 64)
			if !ok || err != nil || inst.Op == 0 {
				continue
			}
			known++
			if inst.Len != layout.length && wrong < 10 {
				wrong++
				t.Errorf("% x: measured %d bytes, decoded %d (%v)", code, layout.length, inst.Len, inst)
			}
		}
	}
	if known < 400_000 {
		t.Errorf("%d instructions were compared", known)
	}
}
