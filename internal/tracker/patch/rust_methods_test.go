package patch

import (
	"fmt"
	"strings"
	"testing"

	"heapprof/internal/testkit"
	"heapprof/internal/tracker/patch/allocator"
	"heapprof/internal/tracker/wire"
)

// TestMethodsBelowRustsFunctionsAreHookedWhereTheirArgumentsShow has programs in which
// something else than __rust_alloc calls the method that this is made of.
func TestMethodsBelowRustsFunctionsAreHookedWhereTheirArgumentsShow(t *testing.T) {
	testkit.Tool(t, "gcc")
	const alloc, realloc, dealloc = "5alloc17h", "7realloc17h", "11GlobalAlloc7dealloc"
	for _, test := range []struct {
		name    string
		flags   []string
		method  string
		want    allocator.Call // zero: it is not hooked
		partial bool
		refused string // of Rust's functions, then
	}{
		{name: "turned about", method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "as they came", flags: []string{`-DPASSES="push %rbx; pop %rbx"`, `-DREADS="mov %rdi, %rax"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 1}, partial: true},
		{name: "behind self", flags: []string{`-DPASSES="mov %rdi, %rdx; lea heap(%rip), %rdi"`, `-DREADS="mov %rdx, %rax; mov %rdi, %rcx"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 3}, partial: true},
		{name: "over a register that calls keep", flags: []string{`-DPASSES="push %rbx; mov %rdi, %rbx; call main; mov %rbx, %rsi; pop %rbx"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "over one that calls do not keep", flags: []string{`-DPASSES="mov %rdi, %r10; call main; mov %r10, %rsi"`}, method: alloc},
		{name: "on two ways", flags: []string{`-DPASSES="test %rsi, %rsi; mov %rdi, %rdx; je 1f; mov %rdi, %rsi; jmp 2f; 1: mov %rdx, %rsi; 2: xor %edi, %edi"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "on one way of two", flags: []string{`-DPASSES="test %rsi, %rsi; je 1f; mov %rdi, %rsi; 1: xor %edi, %edi"`}, method: alloc},
		{name: "through a slot", flags: []string{`-DTHROUGH="jmp *slot(%rip)"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "left in a register that is not read", flags: []string{`-DPASSES="mov %rdi, %rsi"`, `-DREADS="xor %edi, %edi; mov %rsi, %rax"`}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "in two that are read", flags: []string{`-DPASSES="mov %rdi, %rsi"`, `-DREADS="lea (%rdi,%rsi), %rax"`}, method: alloc},
		{name: "not read", flags: []string{`-DREADS="xor %eax, %eax; nop; nop"`}, method: alloc},
		{name: "another size", flags: []string{`-DPASSES="lea 16(%rdi), %rsi; xor %edi, %edi"`}, method: alloc},
		{name: "half of it", flags: []string{`-DPASSES="mov %edi, %esi; xor %edi, %edi"`}, method: alloc},
		{name: "by a table", flags: []string{`-DPASSES="mov %rdi, %rsi; jmp *%rax"`}, method: alloc},
		{name: "called by Rust's functions only", flags: []string{"-DINSIDE"}, method: alloc},
		{name: "split off", flags: []string{"-DSPLIT"}, method: alloc},
		{name: "something is missing", flags: []string{"-DNO_ZEROED"}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "something is missing and no method shows", flags: []string{"-DNO_ZEROED", "-DSPLIT"}, method: alloc, partial: true},

		{name: "something else calls malloc", flags: []string{"-DSYSTEM"}, method: alloc, want: allocator.Call{Action: wire.ActionAlloc, Size: 2}, partial: true},
		{name: "they call malloc", flags: []string{"-DSYSTEM", `-DPASSES="push %rdi; call *malloc@GOTPCREL(%rip); pop %rsi"`}, method: alloc},
		{name: "what they call calls malloc", flags: []string{"-DSYSTEM", `-DREADS="push %rsi; mov %rsi, %rdi; call malloc@PLT; pop %rsi"`}, method: alloc},

		{name: "others write to what they write to", flags: []string{"-DINSIDE", `-DOTHERS="lock addq $24, state(%rip)"`}, method: alloc, partial: true},
		{name: "others write a large constant there", flags: []string{"-DINSIDE", `-DOTHERS="movq $0x12345678, state(%rip)"`}, method: alloc, partial: true},
		{name: "others exchange it", flags: []string{"-DINSIDE", `-DOTHERS="xchg %rax, state(%rip)"`}, method: alloc, partial: true},
		{name: "others read it", flags: []string{"-DINSIDE", `-DOTHERS="mov state(%rip), %rax; cmpq $1, state(%rip); lea state(%rip), %rcx"`}, method: alloc},
		{name: "others write beside it", flags: []string{"-DINSIDE", `-DOTHERS="movq %rax, state+16(%rip)"`}, method: alloc},
		{name: "others call what theirs has for writing to it", flags: []string{"-DINSIDE", `-DOTHERS="call helper"`}, method: alloc, partial: true},

		{name: "realloc", flags: []string{`-DGROWS="mov %rcx, %r8; mov %r8, %rdx; xor %ecx, %ecx"`}, method: realloc, want: allocator.Call{Action: wire.ActionRealloc, Pointer: 1, Size: 3}, partial: true},
		{name: "realloc of another size", flags: []string{`-DGROWS="add $16, %rcx"`}, method: realloc, refused: "method-unknown <work::mapped::Mapped as core::alloc::global::GlobalAlloc>::realloc"},

		{name: "the block comes from memory", flags: []string{`-DCALLERS="mov 8(%rdi), %rdi; mov $8, %esi; mov $24, %edx"`}, method: dealloc, want: allocator.Call{Action: wire.ActionFree, Pointer: 1}, partial: true},
		{name: "the block comes from memory behind self", flags: []string{`-DCALLERS="mov 8(%rdi), %rsi; lea heap(%rip), %rdi; mov $8, %edx"`}, method: dealloc, want: allocator.Call{Action: wire.ActionFree, Pointer: 2}, partial: true},
		{name: "self comes from a variable", flags: []string{`-DCALLERS="mov heap(%rip), %rdi; mov $8, %esi"`}, method: dealloc, refused: "inlined __rust_dealloc"},
		{name: "self comes from what a variable points to", flags: []string{`-DCALLERS="lea heap(%rip), %rdi; mov 8(%rdi), %rdi; mov $8, %esi"`}, method: dealloc, refused: "inlined __rust_dealloc"},
		{name: "nothing says that the next is not the block", flags: []string{`-DCALLERS="mov 8(%rdi), %rdi; mov 16(%rdi), %rsi"`}, method: dealloc, refused: "inlined __rust_dealloc"},
	} {
		t.Run(test.name, func(t *testing.T) {
			p := read(t, testkit.Build(t, "below.c", append([]string{"-O1"}, test.flags...)...), Options{})
			var got allocator.Call
			for _, q := range p.Patches {
				if strings.Contains(q.Name, test.method) {
					got = q.Call
				}
			}
			if got != test.want {
				t.Errorf("the method is hooked as %+v, want %+v: %v", got, test.want, summary(p))
			}
			if isPartial := len(p.Partial) > 0; isPartial != test.partial {
				t.Errorf("%v, want some: %t", p.Partial, test.partial)
			}
			switch {
			case test.refused == "" && (len(p.Unseen) > 0 || len(p.Refused) > 0):
				t.Errorf("unseen %v, refused %v, want none", p.Unseen, p.Refused)
			case test.refused != "" && (len(p.Patches) > 0 || len(p.Unseen) != 1):
				t.Errorf("%v are hooked, and unseen are %v", summary(p), p.Unseen)
			case test.refused != "" && !strings.Contains(fmt.Sprintf("%v %v", p.Unseen[0].Note(), p.Refused[0].Noted()), test.refused):
				t.Errorf("%v and %v, want %q", p.Unseen, p.Refused, test.refused)
			}
		})
	}
}

func TestMethodsAreKnownByTheirMangledNames(t *testing.T) {
	const legacy, v0 = "_ZN73_$LT$work..mapped..Mapped$u20$as$u20$core..alloc..global..GlobalAlloc$GT$", "_RNvXs_NtCs4X4t9plMPHF_4work6mappedNtB4_6MappedNtNtNtCsgEmfK2I1SDS_4core5alloc6global11GlobalAlloc"
	for symbol, want := range map[string]string{
		legacy + "5alloc17h63548413ef9a2268E":                             "alloc",
		legacy + "12alloc_zeroed17h63548413ef9a2268E":                     "alloc_zeroed",
		legacy + "7dealloc17h63548413ef9a2268E.llvm.10518542224797383098": "dealloc",
		v0 + "7realloc":                                                     "realloc",
		v0 + "7reallocCs1234_9on_mapped":                                    "realloc",
		v0 + "5alloc.llvm.123":                                              "alloc",
		legacy + "5alloc17h63548413ef9a2268E.cold":                          "",
		legacy + "5alloc17h63548413ef9a2268E.specialized.1":                 "",
		legacy + "5alloc28_$u7b$$u7b$closure$u7d$$u7d$17h63548413ef9a2268E": "",
		legacy + "5clone17h63548413ef9a2268E":                               "",
		legacy + "99alloc17h63548413ef9a2268E":                              "",
		legacy:                                                              "",
		v0:                                                                  "",
		v0 + "5alloc.cold":                                                  "",
		"_RNC" + v0[4:] + "5alloc0":                                         "",
		"GlobalAlloc":                                                       "",
		"_ZN5alloc5alloc17h63548413ef9a2268E":                               "",
	} {
		of, name, ok := allocator.MethodOf([]byte(symbol))
		if ok != (want != "") || ok && (name != want || !strings.HasPrefix(symbol, of) || of == "") {
			t.Errorf("%s is method %q of %q (%t), want %q", symbol, name, of, ok, want)
		}
	}
	if !allocator.IsSystem("_ZN59_$LT$std..alloc..System$u20$as$u20$") || allocator.IsSystem("_ZN73_$LT$work..mapped..Mapped$u20$as$u20$") ||
		!allocator.IsSystem("_RNvXs_NtCs4X4t9plMPHF_3std5allocNtB4_6SystemNtNtNtCsgEmfK2I1SDS_4core5alloc6global") {
		t.Error("std::alloc::System is not known for it")
	}
}
