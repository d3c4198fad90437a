package symbol

import (
	"os"
	"path/filepath"
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
		}
		if m.symbols != nil {
			for _, s := range m.symbols.symbols {
				m.Frames(s.addr)
			}
		}
	})
}
