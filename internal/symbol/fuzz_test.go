package symbol

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

// FuzzOpen opens damaged files and looks up all their symbols: an error or
// fewer frames, no panic. The corpus is a small program by gcc.
func FuzzOpen(f *testing.F) {
	f.Fuzz(func(t *testing.T, data []byte) {
		path := filepath.Join(t.TempDir(), "prog")
		if err := os.WriteFile(path, data, 0o600); err != nil {
			t.Fatal(err)
		}
		r := NewResolver(Options{DebugDirs: []string{}})
		defer r.Close()
		m, err := r.Open(path, "")
		if err != nil {
			return
		}
		for _, s := range m.text {
			m.Frames(s.lo)
			m.Frames(s.lo + (s.hi-s.lo)/2)
			m.Locals(s.lo + 4)
		}
		for _, list := range [][]Variable{m.Variables(), m.ThreadLocals()} {
			m.Describe(slices.Clone(list))
			for _, v := range list {
				m.Class(v.Address)
			}
		}
		for _, s := range dataSections(m.files[0]) {
			for addr := s.lo; addr < min(s.hi, s.lo+1000); addr += 8 {
				m.Class(addr)
			}
		}
		if m.symbols != nil {
			for _, s := range m.symbols.symbols {
				m.Frames(s.addr)
			}
		}
	})
}
