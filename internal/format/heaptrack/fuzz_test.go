package heaptrack_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"heapprof/internal/dhat"
	"heapprof/internal/format/heaptrack"
	"heapprof/internal/profile"
)

func hex(n int) string { return fmt.Sprintf("%x", n) }

// Whatever the bytes, Read ends in a profile that survives being written, or in a FormatError.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole))
	f.Add([]byte("v 10100\nX prog\ns m\ni 1 1\nt 1 0\n+ 8 1 7f00\n- 7f00\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := heaptrack.Read(bytes.NewReader(text))
		if err != nil {
			var format *profile.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		sum := p.Totals()
		p.Normalize()
		if after := p.Totals(); after.TotalBytes != sum.TotalBytes || after.PeakBytes != sum.PeakBytes || after.EndBlocks != sum.EndBlocks {
			t.Fatalf("the totals are %+v, and %+v when normalized", sum, after)
		}
		if err := dhat.Check(p); err != nil {
			t.Fatalf("a normalized profile cannot be written: %v", err)
		}
		var out bytes.Buffer
		if err := dhat.Write(&out, p); err != nil {
			t.Fatal(err)
		}
		again, err := dhat.Read(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written is not read: %v", err)
		}
		if again.Maker != "heaptrack" || again.Columns != p.Columns || again.Totals().PeakBytes != sum.PeakBytes {
			t.Fatalf("written and read it is %+v, was %+v", again, p)
		}
	})
}
