package flow

import (
	"debug/elf"
	"reflect"
	"testing"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// TestRegistersAreFollowedToWhereAFunctionIsLeft has functions at 0x1000 that go to
// others, and what is in the registers of arguments there.
func TestRegistersAreFollowedToWhereAFunctionIsLeft(t *testing.T) {
	const to = 0x2000
	own := func(changed map[int]isa.Value) (all [isa.LastArgument + 1]isa.Value) {
		for n := 1; n <= isa.LastArgument; n++ {
			all[n] = isa.Value{Kind: isa.Argument, Number: uint64(n)}
			if v, ok := changed[n]; ok {
				all[n] = v
			}
		}
		return all
	}
	lost := isa.Value{}
	afterCall := map[int]isa.Value{1: lost, 2: lost, 3: lost, 4: lost, 5: lost, 6: lost}
	for _, test := range []struct {
		name, code string
		want       []Exit
		reads      []int
		fails      bool
	}{
		{name: "a jump", code: "e9 fb 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(nil)}}},
		{name: "a jump on a condition", code: "0f 84 fa 0f 00 00 c3", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(nil)}}},
		{name: "through a slot", code: "ff 25 fa 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Variable, Number: to}, Arguments: own(nil)}}},
		{name: "a call through a slot", code: "ff 15 fa 0f 00 00 c3", want: []Exit{{To: isa.Value{Kind: isa.Variable, Number: to}, Arguments: own(nil)}}},
		{name: "a call of what a register holds", code: "ff d0 c3", want: []Exit{{Arguments: own(nil)}}},
		{name: "turned about", code: "48 89 f8 48 89 f7 48 89 c6 e9 f2 0f 00 00", // mov %rdi,%rax; mov %rsi,%rdi; mov %rax,%rsi
			want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Argument, Number: 2}, 2: {Kind: isa.Argument, Number: 1}})}}, reads: []int{1, 2}},
		{name: "exchanged", code: "48 87 fe e9 f8 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost, 2: lost})}}, reads: []int{1, 2}},
		{name: "the lower half", code: "89 fe e9 f9 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{2: lost})}}, reads: []int{1}},
		{name: "added to", code: "48 83 c7 10 e9 f7 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1}},
		{name: "a constant", code: "be 08 00 00 00 31 ff e9 f4 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Constant, Number: 0}, 2: {Kind: isa.Constant, Number: 8}})}}},
		{name: "an address", code: "48 8d 3d f9 0f 00 00 e9 f4 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Address, Number: to}})}}},
		{name: "a variable", code: "48 8b 3d f9 0f 00 00 e9 f4 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Variable, Number: to}})}}},
		{name: "from memory", code: "48 8b 7f 08 e9 f7 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Memory}})}}, reads: []int{1}},
		{name: "from the stack", code: "48 8b 7c 24 08 e9 f6 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}},
		{name: "from where an address points", code: "48 8d 3d f9 0f 00 00 48 8b 7f 08 e9 f0 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: {Kind: isa.Variable, Number: to + 8}})}}},
		{name: "from somewhere behind an address", code: "48 8d 3d f9 0f 00 00 48 8b 3c c7 e9 f0 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}},
		{name: "from a thread's own variables", code: "64 48 8b 3f e9 f7 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1}},
		{name: "by a conditional move", code: "48 0f 44 fe e9 f7 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1, 2}},
		{name: "multiplied", code: "48 f7 e6 e9 f8 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{3: lost})}}, reads: []int{2}},
		{name: "shifted", code: "c4 e2 f9 f7 ff e9 f6 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1}},
		{name: "behind an instruction of which it is not known what it writes", code: "0f a2 e9 f9 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(afterCall)}}},
		{name: "behind a call", code: "e8 fb 0f 00 00 e9 f6 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(nil)}, {To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(afterCall)}}},
		{name: "kept over a call", code: "53 48 89 fb e8 f7 0f 00 00 48 89 df 5b e9 ee 0f 00 00", // push %rbx; mov %rdi,%rbx; call; mov %rbx,%rdi; pop %rbx
			want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(nil)}, {To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{2: lost, 3: lost, 4: lost, 5: lost, 6: lost})}}, reads: []int{1}},
		{name: "on two ways, one of which changes it", code: "48 85 ff 74 03 48 89 f7 e9 f3 0f 00 00", // test %rdi,%rdi; je 1f; mov %rsi,%rdi; 1:
			want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1, 2}},
		{name: "round a loop", code: "48 ff cf 75 fb e9 f6 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(map[int]isa.Value{1: lost})}}, reads: []int{1}},
		{name: "a call that does not return", code: "e8 fb 0f 00 00", want: []Exit{{To: isa.Value{Kind: isa.Address, Number: to}, Arguments: own(nil)}}},
		{name: "where nothing leads", code: "c3 e9 fa 0f 00 00"},
		{name: "pushed", code: "57 5f c3", reads: []int{1}},
		{name: "by a table", code: "ff e0", fails: true},
		{name: "into an instruction", code: "74 01 b8 00 00 00 00 c3", fails: true},
		{name: "out of its end", code: "48 89 f7", fails: true},
		{name: "an unknown instruction", code: "0f ff c3", fails: true},
		{name: "a loop by %rcx", code: "e2 fe c3", fails: true},
	} {
		t.Run(test.name, func(t *testing.T) {
			code := patchtest.Bytes(t, test.code)
			f := Analysis{&codefile.File{Machine: isa.MachineOf(elf.EM_X86_64)}}.Follow(&isa.Body{Entry: patchtest.Entry, Code: code, Size: len(code)}, isa.DoesMore)
			for f.Next() {
			}
			if f.Lost != test.fails {
				t.Fatalf("it is followed: %t", !f.Lost)
			}
			if got := f.Exits(); !test.fails && !reflect.DeepEqual(got, test.want) {
				t.Errorf("leaves\n%+v, want\n%+v", got, test.want)
			}
			var want ArgumentSet
			for _, n := range test.reads {
				want |= 1 << n
			}
			if !test.fails && f.reads != want {
				t.Errorf("reads %b, want %b", f.reads, want)
			}
		})
	}
}

// TestOnARM64RegistersAreFollowed has what only that has: stubs of several instructions,
// pairs, and registers that move on.
func TestOnARM64RegistersAreFollowed(t *testing.T) {
	const other = 0x94000400 // bl .+0x1000
	for _, test := range []struct {
		name string
		code []byte
		to   isa.Value
		x0   isa.Value
	}{
		{"a linker's stub", patchtest.Words(0x90000010, 0xf9400611, 0x91002210, 0xd61f0220), isa.Value{Kind: isa.Variable, Number: patchtest.Entry + 8}, isa.Value{Kind: isa.Argument, Number: 1}},
		{"kept over a frame", patchtest.Words(0xa9be7bfd, 0x910003fd, 0xf9000bf3, 0xaa0003f3, 0xaa1303e0, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1014}, isa.Value{Kind: isa.Argument, Number: 1}},
		{"from memory", patchtest.Words(0xf9400400, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1004}, isa.Value{Kind: isa.Memory}},
		{"from the frame", patchtest.Words(0x910003fd, 0xf9400fa0, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1008}, isa.Value{}},
		{"one of a pair", patchtest.Words(0xa9400440, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1004}, isa.Value{}},
		{"moved on", patchtest.Words(0xf8408401, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1004}, isa.Value{}},
		{"a part of it", patchtest.Words(0xf2800020, other, patchtest.ARM64Ret), isa.Value{Kind: isa.Address, Number: patchtest.Entry + 0x1004}, isa.Value{}},
	} {
		leavings, ok := Analysis{&codefile.File{Machine: isa.MachineOf(elf.EM_AARCH64)}}.ExitsOf(&isa.Body{Entry: patchtest.Entry, Code: test.code, Size: len(test.code)}, isa.DoesMore)
		if !ok || len(leavings) != 1 || leavings[0].To != test.to || leavings[0].Arguments[1] != test.x0 {
			t.Errorf("%s: %+v (%t), want to %+v with %+v", test.name, leavings, ok, test.to, test.x0)
		}
	}
}
