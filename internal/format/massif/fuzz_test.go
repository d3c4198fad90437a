package massif_test

import (
	"bytes"
	"errors"
	"testing"

	"heapprof/internal/dhat"
	"heapprof/internal/format/massif"
	"heapprof/internal/profile"
)

// Whatever the bytes, Read ends in a profile that survives being written, or in a FormatError.
func FuzzRead(f *testing.F) {
	f.Add([]byte(header + grown + final))
	f.Add([]byte(header + undetailed + grown))
	f.Add([]byte("desc: xtree.produce_report\ncmd: a\ntime_unit: ms\nsnapshot=0\ntime=7\nmem_heap_B=3\nheap_tree=detailed\nn1: 3 curB : x\n n0: 3 0x10: leaf (a.c:4)\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := massif.Read(bytes.NewReader(text))
		if err != nil {
			var format *profile.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		p.Normalize()
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
		if again.Columns != p.Columns || again.Totals().PeakBytes != p.Totals().PeakBytes {
			t.Fatalf("written and read it is %+v, was %+v", again, p)
		}
	})
}
