//go:build linux && (amd64 || arm64)

package replay

import "testing"

func TestForksThatNobodyComesOfAreForgotten(t *testing.T) {
	f := newForks()
	f.expect(1)
	for n := range uint32(10_000) {
		f.add(n+1, NewState(0))
	}
	if n := len(f.states); n > 4*maxForks {
		t.Errorf("%d of 10,000 are kept", n)
	}
	if f.take(1) == nil {
		t.Error("so is one whose child has joined")
	}
	if f.take(10_000) == nil {
		t.Error("so is the last")
	}
}
