package flow

import (
	"debug/elf"
	"testing"

	"heapprof/internal/tracker/patch/codefile"
	"heapprof/internal/tracker/patch/isa"
	"heapprof/internal/tracker/patch/patchtest"
)

// FuzzFollow follows values through whatever bytes: what is passed on is an argument that
// there is.
func FuzzFollow(f *testing.F) {
	patchtest.AddFunctions(f)
	f.Fuzz(func(t *testing.T, code []byte, size uint8, isARM64 bool) {
		m := isa.MachineOf(elf.EM_X86_64)
		if isARM64 {
			m = isa.MachineOf(elf.EM_AARCH64)
		}
		b := &isa.Body{Entry: patchtest.Entry, Code: code, Size: min(int(size), len(code))}
		if size == 0 {
			b.Size = len(code)
		}
		a := Analysis{&codefile.File{Machine: m}}
		a.TailJumps(b)
		a.FirstCall(b)
		leavings, _ := a.ExitsOf(b, isa.DoesMore)
		for _, l := range leavings {
			for n, v := range l.Arguments {
				if v.Kind == isa.Argument && (v.Number == 0 || v.Number > isa.LastArgument) {
					t.Errorf("argument %d is %+v", n, v)
				}
			}
		}
	})
}
