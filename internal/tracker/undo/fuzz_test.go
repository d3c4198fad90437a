package undo

import "testing"

// FuzzRead reads records that a program may have written over: they are read or refused, and no change is of more bytes than
// the record has of it.
func FuzzRead(f *testing.F) {
	m := make(memory, recordAt+Bytes)
	r, err := Create(m, recordAt, owner)
	if err != nil {
		f.Fatal(err)
	}
	if err := r.AddChanges([]Change{{At: 8, Old: []byte{1, 2}, New: []byte{3, 4}, Last: true}}); err != nil {
		f.Fatal(err)
	}
	f.Add([]byte(m[recordAt:][:headBytes]), []byte(m[recordAt+ChangesAt:][:changeBytes]))
	f.Fuzz(func(t *testing.T, head, changes []byte) {
		clear(m[recordAt:])
		copy(m[recordAt:], head[:min(len(head), headBytes)])
		copy(m[recordAt+ChangesAt:], changes)
		r, err := Open(m, recordAt)
		if err != nil {
			return
		}
		if _, err := r.Ranges(); err != nil {
			t.Error(err)
		}
		all, err := r.Changes()
		if err != nil {
			t.Error(err)
		}
		for _, c := range all {
			if len(c.Old) != len(c.New) {
				t.Errorf("a change of %d bytes over %d", len(c.New), len(c.Old))
			}
			r.InForce(c)
		}
	})
}
