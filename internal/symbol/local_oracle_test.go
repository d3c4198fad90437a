package symbol

import (
	"encoding/binary"
	"encoding/hex"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// gdbStop is what gdb knows of all frames while a program has stopped.
type gdbStop struct {
	base, sp uint64 // the load bias, and where the stack begins
	stack    []byte
	frames   []gdbFrame
}

type gdbFrame struct {
	pc, cfa   uint64
	registers map[uint8]uint64
	variables []gdbVariable
}

type gdbVariable struct {
	name    string
	address uint64 // 0 if it has none
	size    uint64
	line    int
	at      int       // the line that its function is at
	leaves  []gdbLeaf // the numbers that it has
}

type gdbLeaf struct{ offset, size, value uint64 }

func number(t testing.TB, text string, base int) uint64 {
	t.Helper()
	n, err := strconv.ParseUint(text, base, 64)
	if err != nil {
		t.Fatal(err)
	}
	return n
}

// gdbStops runs a program in gdb, which tells what it knows wherever stop is called.
func gdbStops(t testing.TB, prog string) []gdbStop {
	t.Helper()
	var stops []gdbStop
	stop := gdbStop{}
	for line := range strings.Lines(run(t, filepath.Dir(prog), "gdb", "-nx", "-batch", "-x", source(t, "frames.py"), prog)) {
		f := strings.Split(strings.TrimSuffix(line, "\n"), "\t")
		switch f[0] {
		case "BASE":
			stop.base = number(t, f[1], 16)
		case "FRAME":
			frame := gdbFrame{pc: number(t, f[1], 16), cfa: number(t, f[2], 16), registers: make(map[uint8]uint64)}
			for _, r := range f[3:] {
				name, value, _ := strings.Cut(r, ":")
				frame.registers[uint8(number(t, name, 10))] = number(t, value, 16)
			}
			stop.frames = append(stop.frames, frame)
		case "VAR":
			v := gdbVariable{name: f[1], size: number(t, f[3], 10), line: int(number(t, f[4], 10)), at: int(number(t, f[6], 10))}
			if f[2] != "-" {
				v.address = number(t, f[2], 16)
			}
			for _, l := range f[7:] {
				parts := strings.Split(l, ":")
				v.leaves = append(v.leaves, gdbLeaf{number(t, parts[0], 10), number(t, parts[1], 10), number(t, parts[2], 16)})
			}
			last := &stop.frames[len(stop.frames)-1]
			last.variables = append(last.variables, v)
		case "STACK":
			stop.sp = number(t, f[1], 16)
			stop.stack, _ = hex.DecodeString(f[2])
			stops = append(stops, stop)
			stop = gdbStop{base: stop.base}
		}
	}
	return stops
}

// word returns a word of the stack, and reports whether it is there.
func (s *gdbStop) word(addr uint64) (uint64, bool) {
	if addr < s.sp || addr+8 > s.sp+uint64(len(s.stack)) {
		return 0, false
	}
	return binary.LittleEndian.Uint64(s.stack[addr-s.sp:]), true
}

// address returns where a place in memory is.
func (s *gdbStop) address(f *gdbFrame, p Place) (uint64, bool) {
	var addr uint64
	switch p.Kind {
	case FromCFA:
		addr = f.cfa + uint64(p.Offset)
	case FromRegister:
		r, ok := f.registers[p.Register]
		if !ok {
			return 0, false
		}
		addr = r + uint64(p.Offset)
	case AtAddress:
		return s.base + p.Address, true
	default:
		return 0, false
	}
	if p.Deref {
		return s.word(addr)
	}
	return addr, true
}

// leaf returns a number that a variable has by its places, and reports whether it is known.
func (s *gdbStop) leaf(f *gdbFrame, places []Place, l gdbLeaf) (uint64, bool) {
	var b [8]byte
	for _, p := range places {
		if l.offset < p.From || p.Size > 0 && l.offset+l.size > p.From+p.Size {
			continue
		}
		within := l.offset - p.From
		if p.Kind == InRegister {
			r, ok := f.registers[p.Register]
			if !ok || within >= 8 {
				return 0, false
			}
			return r >> (8 * within) & (1<<(8*l.size) - 1), true
		}
		addr, ok := s.address(f, p)
		if addr += within; !ok || addr < s.sp || addr+l.size > s.sp+uint64(len(s.stack)) {
			return 0, false
		}
		copy(b[:l.size], s.stack[addr-s.sp:])
		return binary.LittleEndian.Uint64(b[:]), true
	}
	return 0, false
}

// matches reports whether a local is the variable that gdb has, as far as each knows.
func (s *gdbStop) matches(f *gdbFrame, l *Local, v *gdbVariable) bool {
	if l.Name != v.name || l.Line != v.line || l.Size != v.size {
		return false
	}
	if v.address != 0 && len(l.Places) > 0 {
		addr, ok := s.address(f, l.Places[0])
		return ok && len(l.Places) == 1 && addr == v.address
	}
	for _, leaf := range v.leaves {
		if got, ok := s.leaf(f, l.Places, leaf); ok && got != leaf.value {
			return false
		}
	}
	return true
}

// localCounts is of how many variables that gdb knows in memory it is known where they are, and how many of the
// numbers in others.
type localCounts struct{ inMemory, ofMemory, numbers, ofNumbers int }

// checkLocals fails the test where Locals lacks a variable that gdb knows anything of, or tells where it is otherwise
// than gdb does.
func checkLocals(t *testing.T, prog string) localCounts {
	t.Helper()
	m := open(t, prog)
	stops := gdbStops(t, prog)
	if len(stops) == 0 {
		t.Fatal("gdb never stopped")
	}
	var counts localCounts
	for _, s := range stops {
		for _, f := range s.frames {
			pc := f.pc - s.base - 1
			list := slices.Clone(m.Locals(pc))
			for _, v := range f.variables {
				if v.line > v.at || v.address == 0 && len(v.leaves) == 0 { // gdb tells what is in the place before
					continue
				}
				i := slices.IndexFunc(list, func(l Local) bool { return s.matches(&f, &l, &v) })
				if i < 0 {
					t.Errorf("%#x: %+v is not among", pc, v)
					for _, l := range list {
						if l.Name == v.name {
							t.Errorf("    %+v", l)
						}
					}
					continue
				}
				if v.address != 0 {
					counts.ofMemory++
					if len(list[i].Places) > 0 {
						counts.inMemory++
					}
				} else {
					for _, leaf := range v.leaves {
						counts.ofNumbers++
						if _, ok := s.leaf(&f, list[i].Places, leaf); ok {
							counts.numbers++
						}
					}
				}
				list = slices.Delete(list, i, i+1)
			}
		}
	}
	return counts
}

func TestLocalsAreWhereDebuggersFindThem(t *testing.T) {
	for _, test := range []struct {
		compiler string
		flags    []string
	}{
		{"g++", []string{"-g", "-O0"}},
		{"g++", []string{"-g", "-O2"}},
		{"g++", []string{"-gdwarf-4", "-O2", "-gsplit-dwarf"}},
		{"clang++", []string{"-gdwarf-5", "-O0"}},
		{"clang++", []string{"-gdwarf-4", "-O2"}},
		{"rustc", []string{"-g", "--edition", "2021"}},
		{"rustc", []string{"-g", "--edition", "2021", "-O"}},
	} {
		t.Run(test.compiler+" "+strings.Join(test.flags, " "), func(t *testing.T) {
			t.Parallel()
			name := "held.cc"
			if test.compiler == "rustc" {
				name = "held.rs"
			}
			n := checkLocals(t, build(t, t.TempDir(), test.compiler, name, test.flags...))
			t.Logf("%+v", n)
			// gdb knows besides what registers held when the function was called, constants, and what closures have.
			if n.inMemory < 10 || n.ofMemory-n.inMemory > 3 || 2*n.numbers < n.ofNumbers {
				t.Errorf("too few places are known: %+v", n)
			}
		})
	}
}
