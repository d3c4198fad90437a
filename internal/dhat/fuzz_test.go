package dhat

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"reflect"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/profile/profiletest"
)

// Whatever the bytes, Read ends in a profile whose indices are safe to use and
// which survives being written, or in a FormatError.
func FuzzRead(f *testing.F) {
	f.Add([]byte(whole))
	f.Add(encode(f, profiletest.Sample()))
	f.Add(encode(f, withFacts()))
	files, err := filepath.Glob(profilesDir + "/*.json")
	if err != nil {
		f.Fatal(err)
	}
	for _, file := range files {
		text, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		// Mutating a short file finds more in the same time.
		if len(text) < 4096 {
			f.Add(text)
		}
	}
	f.Fuzz(func(t *testing.T, text []byte) {
		p, err := Read(bytes.NewReader(text))
		if err != nil {
			var format *profile.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for i := range p.Points {
			for _, frame := range p.Points[i].Stack.All() {
				FormatFrame(&p.Frames[frame])
			}
		}
		// The variances are fractions, whose sum depends on the order.
		sum := p.Totals()
		p.Normalize()
		after := p.Totals()
		sum.Samples, after.Samples = nil, nil
		if !reflect.DeepEqual(after, sum) {
			t.Fatalf("the totals are %+v, and %+v when normalized", sum, after)
		}
		var out bytes.Buffer
		if err := checkAndWrite(&out, p); err != nil {
			t.Fatalf("a normalized profile cannot be written: %v", err)
		}
		again, err := Read(bytes.NewReader(out.Bytes()))
		if err != nil {
			t.Fatalf("what was written cannot be read: %v\n%s", err, out.Bytes())
		}
		var out2 bytes.Buffer
		if err := checkAndWrite(&out2, again); err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(out.Bytes(), out2.Bytes()) {
			t.Fatalf("written and read and written again:\n%s\nwas\n%s", out2.Bytes(), out.Bytes())
		}
	})
}
