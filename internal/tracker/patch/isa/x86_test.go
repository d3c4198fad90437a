package isa

import (
	"bytes"
	"debug/elf"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"reflect"
	"runtime"
	"strings"
	"testing"

	"heapprof/internal/tracker/patch/patchtest"
)

// describe writes code as bytes, and its fix-ups as offset, kind and target.
func describe(c Code) string {
	var b strings.Builder
	fmt.Fprintf(&b, "% x", c.Bytes)
	for _, f := range c.Fixups {
		fmt.Fprintf(&b, " | %d %s %#x", f.Offset, [...]string{Rel32: "rel32", Abs64: "abs64", Branch26: "branch26"}[f.Kind], f.Target)
	}
	return b.String()
}

// TestFirstInstructionsOfX86 has each form of instruction as the first of a function
// at 0x1000.
func TestFirstInstructionsOfX86(t *testing.T) {
	const nops = " 90 90 90 90 c3"
	for _, test := range []struct {
		name, code  string
		over, moved string // as describe has them
	}{
		{"copied up to where five bytes are full",
			"55 48 89 e5 41 57 c3", // push %rbp; mov %rsp,%rbp; push %r15; ret
			"e9 00 00 00 00 cc | 1 rel32 0x0",
			"55 48 89 e5 41 57 e9 00 00 00 00 | 7 rel32 0x1006"},
		{"a mark for indirect branches stays, and what follows is moved",
			"f3 0f 1e fa b8 01 00 00 00 c3", // endbr64; mov $1,%eax; ret
			"e9 00 00 00 00 | 1 rel32 0x0",
			"b8 01 00 00 00 e9 00 00 00 00 | 6 rel32 0x1009"},
		{"the whole function is moved, and nothing goes back",
			"31 c0 c3 90 90", // xor %eax,%eax; ret; nop; nop
			"e9 00 00 00 00 | 1 rel32 0x0",
			"31 c0 c3"},
		{"an operand relative to the instruction pointer",
			"48 8b 05 10 00 00 00 c3", // mov 0x10(%rip),%rax
			"e9 00 00 00 00 cc cc | 1 rel32 0x0",
			"48 8b 05 10 00 00 00 e9 00 00 00 00 | 3 rel32 0x1017 | 8 rel32 0x1007"},
		{"the same with an immediate behind the distance",
			"83 3d 10 00 00 00 07 c3", // cmpl $7,0x10(%rip): of 0x1017
			"e9 00 00 00 00 cc cc | 1 rel32 0x0",
			"83 3d 10 00 00 00 07 e9 00 00 00 00 | 2 rel32 0x1016 | 8 rel32 0x1007"},
		{"the same in AVX's encodings of two and three bytes",
			"c5 fe 6f 05 10 00 00 00 c3", // vmovdqu 0x10(%rip),%ymm0
			"e9 00 00 00 00 cc cc cc | 1 rel32 0x0",
			"c5 fe 6f 05 10 00 00 00 e9 00 00 00 00 | 4 rel32 0x1018 | 9 rel32 0x1008"},
		{"with an immediate",
			"c4 e3 79 04 05 10 00 00 00 11 c3", // vpermilps $0x11,0x10(%rip),%xmm0
			"e9 00 00 00 00 cc cc cc cc cc | 1 rel32 0x0",
			"c4 e3 79 04 05 10 00 00 00 11 e9 00 00 00 00 | 5 rel32 0x1019 | 11 rel32 0x100a"},
		{"and of AVX-512",
			"62 f1 fe 48 6f 05 10 00 00 00 c3", // vmovdqu64 0x10(%rip),%zmm0
			"e9 00 00 00 00 cc cc cc cc cc | 1 rel32 0x0",
			"62 f1 fe 48 6f 05 10 00 00 00 e9 00 00 00 00 | 6 rel32 0x101a | 11 rel32 0x100a"},
		{"an absolute address",
			"64 48 8b 04 25 28 00 00 00 c3", // mov %fs:0x28,%rax
			"e9 00 00 00 00 cc cc cc cc | 1 rel32 0x0",
			"64 48 8b 04 25 28 00 00 00 e9 00 00 00 00 | 10 rel32 0x1009"},
		{"a jump far away",
			"e9 fb 0f 00 00", // jmp 0x2000
			"e9 00 00 00 00 | 1 rel32 0x0",
			"e9 00 00 00 00 | 1 rel32 0x2000"},
		{"a short jump, over padding",
			"eb 08 66 0f 1f 44 00 00 90 90 c3", // jmp 0x100a; nopw; nop; nop; ret
			"e9 00 00 00 00 | 1 rel32 0x0",
			"e9 00 00 00 00 | 1 rel32 0x100a"},
		{"a jump by memory",
			"ff 25 10 00 00 00", // jmp *0x10(%rip)
			"e9 00 00 00 00 cc | 1 rel32 0x0",
			"ff 25 10 00 00 00 | 2 rel32 0x1016"},
		{"a short conditional branch is widened",
			"48 85 ff 74 05" + nops + nops, // test %rdi,%rdi; je 0x100a
			"e9 00 00 00 00 | 1 rel32 0x0",
			"48 85 ff 0f 84 00 00 00 00 e9 00 00 00 00 | 5 rel32 0x100a | 10 rel32 0x1005"},
		{"a long one with a hint keeps its condition",
			"3e 0f 87 f9 0f 00 00 c3", // ja,pt 0x2000
			"e9 00 00 00 00 cc cc | 1 rel32 0x0",
			"0f 87 00 00 00 00 e9 00 00 00 00 | 2 rel32 0x2000 | 7 rel32 0x1007"},
		{"a call returns to the function itself",
			"e8 fb 0f 00 00 c3", // call 0x2000
			"e9 00 00 00 00 | 1 rel32 0x0",
			"ff 35 05 00 00 00 e9 00 00 00 00 00 00 00 00 00 00 00 00 | 7 rel32 0x2000 | 11 abs64 0x1005"},
		{"a call by memory too",
			"50 ff 15 10 00 00 00 58 c3", // push %rax; call *0x10(%rip); pop %rax
			"e9 00 00 00 00 cc cc | 1 rel32 0x0",
			"50 ff 35 06 00 00 00 ff 25 10 00 00 00 00 00 00 00 00 00 00 00 | 9 rel32 0x1017 | 13 abs64 0x1007"},
		{"and one by a register",
			"48 89 f0 ff d0 c3", // mov %rsi,%rax; call *%rax
			"e9 00 00 00 00 | 1 rel32 0x0",
			"48 89 f0 ff 35 02 00 00 00 ff e0 00 00 00 00 00 00 00 00 | 11 abs64 0x1005"},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := patchtest.Bytes(t, test.code)
			h, obstacle := x86{}.Hook(&Body{Entry: patchtest.Entry, Code: code, Size: len(code)})
			if obstacle != nil {
				t.Fatalf("%+v", obstacle)
			}
			if got := describe(h.Over); got != test.over {
				t.Errorf("over it:\n%s, want\n%s", got, test.over)
			}
			if got := describe(h.Moved); got != test.moved {
				t.Errorf("moved:\n%s, want\n%s", got, test.moved)
			}
		})
	}
}

// TestFunctionsOfX86ThatAreRefused has functions that cannot be patched, and the reason.
func TestFunctionsOfX86ThatAreRefused(t *testing.T) {
	for _, test := range []struct {
		code string
		size int // of the function, where bytes of the next one follow
		want Obstacle
	}{
		{code: "31 c0 c3", want: Obstacle{Kind: EndsEarly, Bytes: 3}},
		{code: "31 c0 c3 55 48 89", size: 3, want: Obstacle{Kind: EndsEarly, Bytes: 3}},
		// endbr64 and ret: a function that does nothing, and the next one without a symbol.
		{code: "f3 0f 1e fa c3 f3 0f 1e fa 8d 04 7f c3", size: 5, want: Obstacle{Kind: EndsEarly, Bytes: 5}},
		{code: "31 c0 55 48", size: 2, want: Obstacle{Kind: TooShort, Bytes: 2}},
		{code: "48 8b 07 48 8b", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "48 8b")}},
		{code: "f3 0f 1e fa 48 8b 07 06 90 90", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "06 90 90")}},
		{code: "f3 48 0f 1e c8 c3", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "f3 48 0f 1e c8 c3")}}, // rdsspq
		{code: "e2 10 90 90 90 c3", want: Obstacle{Kind: OnlyShortForm, Operation: "LOOP"}},
		{code: "e3 10 90 90 90 c3", want: Obstacle{Kind: OnlyShortForm, Operation: "JRCXZ"}},
		{code: "c7 f8 10 00 00 00 c3", want: Obstacle{Kind: OnlyShortForm, Operation: "XBEGIN"}},
		{code: "cd 80 90 90 90 c3", want: Obstacle{Kind: NotMoved, Operation: "INT"}},
		{code: "ff d0 90 90 90 c3", want: Obstacle{Kind: CallReturnsInside}},
		{code: "ff 54 24 08 90 90 c3", want: Obstacle{Kind: CallReturnsInside}},
		{code: "50 ff 54 24 08 c3", want: Obstacle{Kind: CallFromStack}},
		{code: "50 48 90 ff d4 c3", want: Obstacle{Kind: CallOfStackPointer}},
		{code: "67 48 8b 05 10 00 00 00 c3", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "67 48 8b 05 10 00 00 00")}},
		{code: "67 c5 fe 6f 05 10 00 00 00 c3", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "67 c5 fe 6f 05 10 00 00")}},
		{code: "66 e9 10 00 00 00 c3", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "66 e9 10 00 00 00 c3")}}, // of 4 bytes for AMD, of 6 for Intel
		{code: "41 0f ff 41 30 c3", want: Obstacle{Kind: UnknownInstruction, Code: patchtest.Bytes(t, "41 0f ff 41 30 c3")}},       // UD0, of 3 bytes or 5
		{code: "0f 0b 90 90 90 c3", want: Obstacle{Kind: NotMoved, Operation: "UD2"}},
		{code: "31 c0 8b 0f ff c0 ff c1 75 fa c3", want: Obstacle{Kind: BranchInside, From: 0x8, To: 0x4}},
		{code: "8b 07 75 01 90 90 90 c3", want: Obstacle{}},
		{code: "85 ff 48 0f 44 c7 eb f8", want: Obstacle{Kind: Loop}},                // test; cmove; jmp 0x1000
		{code: "f3 0f 1e fa b0 01 86 07 84 c0 75 f8 c3", want: Obstacle{Kind: Loop}}, // endbr64; 1: mov; xchg; test; jne 1b
		{code: "85 ff 74 06 e8 f7 ff ff ff 90 c3", want: Obstacle{}},                 // a call of itself
		{code: "8b 07 75 fe 90 90 90 c3", want: Obstacle{Kind: BranchInside, From: 0x2, To: 0x2}},
		// Behind an instruction that is unknown, anything may be a branch.
		{code: "31 c0 8b 0f ff c0 06 90 75 f8 c3", want: Obstacle{Kind: BranchInside, From: 0x8, To: 0x2}},
		{code: "31 c0 8b 0f ff c0 0f 1e 75 f8 c3", want: Obstacle{Kind: BranchInside, From: 0x8, To: 0x2}},
	} {
		code := patchtest.Bytes(t, test.code)
		size := test.size
		if size == 0 {
			size = len(code)
		}
		_, got := x86{}.Hook(&Body{Entry: patchtest.Entry, Code: code, Size: size})
		if test.want.Kind == 0 {
			if got != nil {
				t.Errorf("%s: %+v, want none", test.code, got)
			}
			continue
		}
		test.want.Machine = elf.EM_X86_64
		if !reflect.DeepEqual(got, &test.want) {
			t.Errorf("%s: %+v, want %+v", test.code, got, test.want)
		}
	}
}

// TestX86BranchesAreFoundWhereverTheyBegin: many places are looked at at once, but for the
// first and the last.
func TestX86BranchesAreFoundWhereverTheyBegin(t *testing.T) {
	const addr, target = 0x1000, 0xfff0
	for _, opcode := range []string{"\xe8", "\xe9", "\x0f\x80", "\x0f\x8f", "\xc7\xf8"} {
		size := len(opcode) + 4
		for length := size; length < 26; length++ {
			for at := -size; at+size <= length; at++ {
				before := 0
				if at < 0 || length > 20 {
					before = searched
				}
				code := bytes.Repeat([]byte{0x90}, before+length)
				at := before + at
				copy(code[at:], opcode)
				binary.LittleEndian.PutUint32(code[at+len(opcode):], uint32(target-(addr+at+size)))
				for _, reach := range []uint64{1, 1 << 20, 1 << 33} {
					found := false
					x86{}.FindBranches(code, addr, NewTargets(Range{target, target + reach}), func(from, to uint64, call bool) {
						found = found || from == addr+uint64(at) && to == target && call == (opcode == "\xe8")
					})
					if !found {
						t.Errorf("% x at %d of %d bytes, to the first of %d, is not found", opcode, at, len(code), reach)
					}
				}
			}
		}
	}
}

// TestX86OpcodesAreThoseOfEachByte compares what looks at many bytes at once with what looks
// at each, in code with many bytes of opcodes, or next to them in value.
func TestX86OpcodesAreThoseOfEachByte(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	few := []byte{0xe7, 0xe8, 0xe9, 0xea, 0x0e, 0x0f, 0x10, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0xc6, 0xc7, 0xc8, 0xf7, 0xf8, 0xf9, 0, 1}
	for range 20 {
		var code [1 + searched]byte
		for i := range code {
			code[i] = few[random.IntN(len(few))]
		}
		var got, any [searched / 64]uint64
		opcodes(&code, &got)
		anyOpcodes(&code, &any)
		for i := range searched {
			before, op := code[i], code[i+1]
			want := op == 0xe8 || op == 0xe9 || before == 0x0f && op>>4 == 8 || before == 0xc7 && op == 0xf8
			bit := uint64(1) << (i % 64)
			if found := got[i/64]&bit != 0; found != want && runtime.GOARCH == "amd64" {
				t.Fatalf("% x: %v", code[i:i+2], found)
			}
			if want && any[i/64]&bit == 0 {
				t.Fatalf("% x is not found by eight bytes", code[i:i+2])
			}
		}
	}
}
