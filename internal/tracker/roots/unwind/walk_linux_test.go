//go:build linux && (amd64 || arm64)

package unwind_test

import (
	"debug/elf"
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/roots/rootstest"
	"heapprof/internal/tracker/roots/unwind"
)

// tables returns the tables of a program's files, by where they are mapped.
func tables(t testing.TB, s *rootstest.Copied) (maps []procfs.Mapping, at func(uint64) *unwind.Table) {
	t.Helper()
	maps, err := s.Maps()
	if err != nil {
		t.Fatal(err)
	}
	type module struct {
		start, end uint64
		table      *unwind.Table
	}
	var all []module
	for _, f := range procfs.Files(maps) {
		file, err := elf.Open(f.Path)
		if err != nil {
			continue
		}
		defer file.Close()
		bias := f.Start()
		if file.Type == elf.ET_EXEC {
			bias = 0
		}
		hasTable := func(p *elf.Prog) bool { return p.Type == elf.PT_GNU_EH_FRAME }
		if section := file.Section(".eh_frame"); section != nil && !slices.ContainsFunc(file.Progs, hasTable) {
			all = append(all, module{f.Start(), f.End(), unwind.NewTableOf(s, bias+section.Addr, section.Size)})
		}
		for _, p := range file.Progs {
			if hasTable(p) {
				if table, err := unwind.NewTable(s, bias+p.Vaddr); err != nil {
					t.Errorf("%s: %v", f.Path, err)
				} else {
					all = append(all, module{f.Start(), f.End(), table})
				}
			}
		}
	}
	return maps, func(at uint64) *unwind.Table {
		for _, m := range all {
			if m.start <= at && at < m.end {
				return m.table
			}
		}
		return nil
	}
}

// Stacks are those that libgcc's unwinder has found in the program itself: the frames with their return addresses
// and stack pointers.
func TestStacksAreThoseOfLibgcc(t *testing.T) {
	for _, flags := range [][]string{{"-O0", "-g"}, {"-O2"}, {"-O2", "-fno-omit-frame-pointer", "-static"}, {"-O2", "-fomit-frame-pointer", "-no-pie"}} {
		s := rootstest.Copy(t, nil, testkit.Build(t, "unwound.c", flags...))
		maps, at := tables(t, s)
		w := unwind.Walker{Memory: s, Machine: elf.EM_X86_64, TableAt: at, IsCode: func(uint64) bool { return false }}
		w.StackEnd = func(at uint64) uint64 { m, _ := procfs.MappingAt(maps, at); return m.End }
		r := s.Threads[0].Registers
		var found strings.Builder
		whole := w.Walk(r.PC, r.General, func(f *unwind.Frame) bool {
			fmt.Fprintf(&found, "%x %x\n", f.PC, f.SP)
			return true
		})
		_, want, _ := strings.Cut(s.Output, "\n") // the first is of the function that has stopped, which has gone on
		if outermost := strings.LastIndex(want, "\n0 "); outermost >= 0 {
			want = want[:outermost+1] // libgcc's counts what called the outermost one
		}
		if !whole || want == "" || !strings.HasSuffix(found.String(), "\n"+want) {
			t.Errorf("%v: found (whole: %v)\n%swant it to end with\n%s", flags, whole, found.String(), want)
		}
	}
}
