package flow

import (
	"debug/elf"
	"testing"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// TestWhatAFunctionCallsFirst has functions like C++'s operators, which call others at
// 0x2000 and more.
func TestWhatAFunctionCallsFirst(t *testing.T) {
	size := isa.Value{Kind: isa.Argument, Number: 1}
	for _, test := range []struct {
		name, code string
		ok         bool
		size       isa.Value
	}{
		{"a jump", "e9 fb 0f 00 00", true, size},
		{"a call over a frame", "53 48 89 fb 48 83 ec 10 e8 f3 0f 00 00 c3", true, size},
		{"1 for 0", "48 83 ff 01 48 83 d7 00 e8 f3 0f 00 00 c3", true, size},
		{"another 1 for 0", "48 83 ff 01 bb 01 00 00 00 48 0f 43 df 48 89 df e8 eb 0f 00 00 c3", true, size},
		{"with a header", "48 83 c7 10 e9 f7 0f 00 00", true, isa.Value{}},
		{"another argument", "48 89 f7 e9 f8 0f 00 00", true, isa.Value{Kind: isa.Argument, Number: 2}},
		{"behind a branch", "48 85 ff 74 05 e9 f6 0f 00 00 c3", false, isa.Value{}},
		{"behind memory that is written", "48 89 3e e9 f8 0f 00 00", false, isa.Value{}},
		{"nothing", "c3", false, isa.Value{}},
	} {
		code := patchtest.Bytes(t, test.code)
		l, ok := Analysis{&codefile.File{Machine: isa.MachineOf(elf.EM_X86_64)}}.FirstCall(&isa.Body{Entry: patchtest.Entry, Code: code, Size: len(code)})
		if ok != test.ok || ok && l.Arguments[1] != test.size {
			t.Errorf("%s: %+v (%t), want the size %+v", test.name, l, ok, test.size)
		}
	}
}
