package symbol

import (
	"io"
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

// FuzzInflate decompresses damaged sections.
func FuzzInflate(f *testing.F) {
	f.Add([]byte("\x01\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00x\x9c\xcbH\xcd\xc9\xc9\x07\x00\x06,\x02\x15"))
	f.Add([]byte("\x02\x00\x00\x00\x00\x00\x00\x00\x05\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00(\xb5/\xfd\x04\x00)\x00\x00hello\xa32p\x07"))
	f.Add([]byte("ZLIB\x00\x00\x00\x00\x00\x00\x00\x05x\x9c\xcbH\xcd\xc9\xc9\x07\x00\x06,\x02\x15"))
	f.Fuzz(func(t *testing.T, data []byte) {
		for _, f := range []func([]byte) ([]byte, error){inflate, inflateOld} {
			if out, err := f(data); err != nil && err != io.EOF && out != nil {
				t.Errorf("%d bytes beside the error %v", len(out), err)
			}
		}
	})
}
