package patch

import (
	"debug/elf"
	"heapprof/internal/tracker/patch/patchtest"
	"testing"
)

// FuzzFollow follows values through whatever bytes: what is passed on is an argument that
// there is.
func FuzzFollow(f *testing.F) {
	patchtest.AddFunctions(f)
	f.Fuzz(func(t *testing.T, code []byte, size uint8, isARM64 bool) {
		m := machineOf(elf.EM_X86_64)
		if isARM64 {
			m = machineOf(elf.EM_AARCH64)
		}
		b := &body{entry: patchtest.Entry, code: code, size: min(int(size), len(code))}
		if size == 0 {
			b.size = len(code)
		}
		a := analysis{&module{machine: m}}
		a.waysOn(b)
		a.callsFirst(b)
		leavings, _ := a.leaves(b, doesMore)
		for _, l := range leavings {
			for n, v := range l.arguments {
				if v.kind == argument && (v.number == 0 || v.number > lastArgument) {
					t.Errorf("argument %d is %+v", n, v)
				}
			}
		}
	})
}
