package symbol

import (
	"debug/elf"
	"flag"
	"os"
	"path/filepath"
	"testing"
)

var benchFile = flag.String("symbol.file", "", "the ELF file to benchmark with, instead of a small Go program")

// benchTarget returns a file and some hundred addresses all over its functions.
func benchTarget(b *testing.B) (string, []uint64) {
	b.Helper()
	path := *benchFile
	if path == "" {
		path = filepath.Join(b.TempDir(), "gostack")
		run(b, source(b, "gostack"), "go", "build", "-buildmode=exe", "-ldflags=", "-o", path, ".")
	}
	info, err := os.Stat(path)
	if err != nil {
		b.Fatal(err)
	}
	b.SetBytes(info.Size())
	all := sample(b, path, 600) // one at least of each function
	addrs := make([]uint64, 600)
	for i := range addrs {
		addrs[i] = all[i*len(all)/len(addrs)]
	}
	return path, addrs
}

// BenchmarkCold opens a file and looks up 600 addresses once, as a recording
// does at its end.
func BenchmarkCold(b *testing.B) {
	path, addrs := benchTarget(b)
	b.ReportAllocs()
	frames := 0
	for b.Loop() {
		r := NewResolver(Options{})
		m, err := r.Open(path, "")
		if err != nil {
			b.Fatal(err)
		}
		frames = 0
		for _, a := range addrs {
			frames += len(m.Frames(a))
		}
		if err := r.Close(); err != nil {
			b.Fatal(err)
		}
	}
	b.ReportMetric(float64(frames), "frames")
}

// BenchmarkWarm looks up an address of a function that was looked at before.
func BenchmarkWarm(b *testing.B) {
	path, addrs := benchTarget(b)
	m := open(b, path)
	for _, a := range addrs {
		m.Frames(a)
	}
	b.SetBytes(0)
	b.ReportAllocs()
	for i := 0; b.Loop(); i++ {
		m.Frames(addrs[i%len(addrs)])
	}
}

// BenchmarkStandardLibrary reads every entry with debug/dwarf and does nothing
// with it: the least that a lookup of addresses in all units would take.
func BenchmarkStandardLibrary(b *testing.B) {
	path, _ := benchTarget(b)
	for b.Loop() {
		f, err := elf.Open(path)
		if err != nil {
			b.Fatal(err)
		}
		d, err := f.DWARF()
		if err != nil {
			b.Fatal(err)
		}
		for r := d.Reader(); ; {
			if e, err := r.Next(); err != nil {
				b.Fatal(err)
			} else if e == nil {
				break
			}
		}
		f.Close()
	}
}
