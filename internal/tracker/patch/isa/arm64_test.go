package isa

import (
	"debug/elf"
	"reflect"
	"testing"

	"heapprof/internal/tracker/patch/patchtest"
)

// TestFirstInstructionsOfARM64 has each form of instruction as the first of a function
// at 0x1000.
func TestFirstInstructionsOfARM64(t *testing.T) {
	back := func(c *Code) { c.branchARM64(patchtest.Entry + 4) }
	for _, test := range []struct {
		name  string
		code  []uint32
		over  []uint32
		moved func(c *Code)
	}{
		{"any other is copied", []uint32{patchtest.ARM64Add, patchtest.ARM64Ret}, []uint32{armB},
			func(c *Code) { c.word(patchtest.ARM64Add); back(c) }},
		{"after a mark for indirect calls", []uint32{armBTIc, patchtest.ARM64Add, patchtest.ARM64Ret}, []uint32{armB},
			func(c *Code) { c.word(patchtest.ARM64Add); c.branchARM64(patchtest.Entry + 8) }},
		{"the signing of the return address leaves such a mark", []uint32{armPACIASP, patchtest.ARM64Add, patchtest.ARM64Ret}, []uint32{armBTIc, armB},
			func(c *Code) { c.word(armPACIASP); c.word(patchtest.ARM64Add); c.branchARM64(patchtest.Entry + 8) }},
		{"a whole function", []uint32{patchtest.ARM64Ret}, []uint32{armB},
			func(c *Code) { c.word(patchtest.ARM64Ret) }},
		{"adr", []uint32{0x10000041, patchtest.ARM64Ret}, []uint32{armB}, // adr x1, .+8
			func(c *Code) { c.word(0x58000041); c.word(0x14000003); c.literal(0x1008); back(c) }},
		{"adrp", []uint32{0xb0000001, patchtest.ARM64Ret}, []uint32{armB}, // adrp x1, 0x2000
			func(c *Code) { c.word(0x58000041); c.word(0x14000003); c.literal(0x2000); back(c) }},
		{"adrp behind another, its literal aligned", []uint32{armPACIASP, 0xb0000001, patchtest.ARM64Ret}, []uint32{armBTIc, armB},
			func(c *Code) {
				c.word(armPACIASP)
				c.word(armNOP)
				c.word(0x58000041)
				c.word(0x14000003)
				c.literal(0x2000)
				c.branchARM64(patchtest.Entry + 8)
			}},
		{"ldr of 8 bytes", []uint32{0x58000041, patchtest.ARM64Ret}, []uint32{armB}, // ldr x1, .+8
			func(c *Code) { c.word(0x58000041); c.word(0x14000003); c.literal(0x1008); c.word(0xf9400021); back(c) }},
		{"ldr of 4 bytes", []uint32{0x18000041, patchtest.ARM64Ret}, []uint32{armB},
			func(c *Code) { c.word(0x58000041); c.word(0x14000003); c.literal(0x1008); c.word(0xb9400021); back(c) }},
		{"ldrsw", []uint32{0x98000041, patchtest.ARM64Ret}, []uint32{armB},
			func(c *Code) { c.word(0x58000041); c.word(0x14000003); c.literal(0x1008); c.word(0xb9800021); back(c) }},
		{"b", []uint32{patchtest.ARM64Branch, patchtest.ARM64Ret}, []uint32{armB}, // b .+0x1000
			func(c *Code) { c.branchARM64(0x2000) }},
		{"b.eq", []uint32{0x54000080, patchtest.ARM64Ret}, []uint32{armB}, // b.eq .+16
			func(c *Code) { c.word(0x54000040); c.word(0x14000002); c.branchARM64(0x1010); back(c) }},
		{"cbz backwards", []uint32{0xb4ffff80, patchtest.ARM64Ret}, []uint32{armB}, // cbz x0, .-16
			func(c *Code) { c.word(0xb4000040); c.word(0x14000002); c.branchARM64(0xff0); back(c) }},
		{"tbnz of a high bit", []uint32{0xb7f80080, patchtest.ARM64Ret}, []uint32{armB}, // tbnz x0, #63, .+16
			func(c *Code) { c.word(0xb7f80040); c.word(0x14000002); c.branchARM64(0x1010); back(c) }},
		{"bl", []uint32{0x94000400, patchtest.ARM64Ret}, []uint32{armB}, // bl .+0x1000
			func(c *Code) { c.word(0x5800005e); c.branchARM64(0x2000); c.literal(0x1004) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := patchtest.Words(test.code...)
			h, obstacle := arm64{}.Hook(&Body{Entry: patchtest.Entry, Code: code, Size: len(code)})
			if obstacle != nil {
				t.Fatalf("%+v", obstacle)
			}
			over := Code{Bytes: patchtest.Words(test.over...)}
			over.fix(uint32(len(over.Bytes)-4), Branch26, 0)
			if got, want := describe(h.Over), describe(over); got != want {
				t.Errorf("over it:\n%s, want\n%s", got, want)
			}
			var moved Code
			test.moved(&moved)
			if got, want := describe(h.Moved), describe(moved); got != want {
				t.Errorf("moved:\n%s, want\n%s", got, want)
			}
		})
	}
}

func TestFunctionsOfARM64ThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		code []uint32
		want Obstacle
	}{
		{[]uint32{armBTIc}, Obstacle{Kind: TooShort, Bytes: 4}},
		{[]uint32{armPACIASP}, Obstacle{Kind: TooShort, Bytes: 4}},
		{[]uint32{0xd63f0000, patchtest.ARM64Ret}, Obstacle{Kind: CallOfRegister}}, // blr x0
		{[]uint32{armPACIASP, 0xd63f0000, patchtest.ARM64Ret}, Obstacle{Kind: CallOfRegister}},
		{[]uint32{0x1c000040, patchtest.ARM64Ret}, Obstacle{Kind: LiteralWithoutRegister}},                    // ldr s0, .+8
		{[]uint32{0x5800005f, patchtest.ARM64Ret}, Obstacle{Kind: LiteralWithoutRegister}},                    // ldr xzr, .+8
		{[]uint32{0xd8000040, patchtest.ARM64Ret}, Obstacle{Kind: LiteralWithoutRegister}},                    // prfm .+8
		{[]uint32{0x00000000, patchtest.ARM64Ret}, Obstacle{Kind: UnknownInstruction, Code: make([]byte, 4)}}, // udf
		{[]uint32{0xd69f03e0}, Obstacle{Kind: NotMoved, Operation: "ERET"}},
	} {
		code := patchtest.Words(test.code...)
		test.want.Machine = elf.EM_AARCH64
		if _, got := (arm64{}).Hook(&Body{Entry: patchtest.Entry, Code: code, Size: len(code)}); !reflect.DeepEqual(got, &test.want) {
			t.Errorf("%08x: %+v, want %+v", test.code, got, test.want)
		}
	}
}
