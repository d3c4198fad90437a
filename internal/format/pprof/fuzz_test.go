package pprof_test

import (
	"bytes"
	"errors"
	"testing"

	"heapprof/internal/format/pprof"
	"heapprof/internal/profile"
)

// Whatever the bytes, Read ends in a profile whose indices are safe to use, or in a FormatError.
func FuzzRead(f *testing.F) {
	f.Add(encode(f, small()))
	bare := small()
	bare.Sample, bare.Location, bare.Function, bare.Mapping = nil, nil, nil, nil
	f.Add(encode(f, bare))
	f.Fuzz(func(t *testing.T, file []byte) {
		pprof.Detect(file)
		p, err := pprof.Read(bytes.NewReader(file))
		if err != nil {
			var format *profile.FormatError
			if !errors.As(err, &format) {
				t.Fatalf("%T: %v", err, err)
			}
			return
		}
		for _, pt := range p.Points {
			for _, frame := range pt.Stack.All() {
				_ = p.Frames[frame].Module
			}
			if len(pt.Rest().Extra) != 0 && len(pt.Rest().Extra) != len(p.Extra) {
				t.Fatalf("%d values of %d", len(pt.Rest().Extra), len(p.Extra))
			}
		}
	})
}
