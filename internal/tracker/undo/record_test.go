package undo

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"testing"

	"heapprof/internal/tracker/wire"
)

// memory is memory from address 0 on.
type memory []byte

func (m memory) ReadAt(b []byte, at int64) (int, error) {
	if at < 0 || at > int64(len(m)) {
		return 0, io.ErrUnexpectedEOF
	}
	if n := copy(b, m[at:]); n < len(b) {
		return n, io.ErrUnexpectedEOF
	}
	return len(b), nil
}

func (m memory) WriteAt(b []byte, at int64) (int, error) {
	if at < 0 || at > int64(len(m)) {
		return 0, io.ErrShortWrite
	}
	return copy(m[at:], b), nil
}

const recordAt = 4096

var owner = Owner{Token: 7, Recorder: 8, Started: 9}

func newRecord(t *testing.T) (memory, *Record) {
	t.Helper()
	m := make(memory, recordAt+Bytes+1<<20)
	r, err := Create(m, recordAt, owner)
	if err != nil {
		t.Fatal(err)
	}
	return m, r
}

func TestWhatIsNotedIsReadByWhoeverOpensTheRecord(t *testing.T) {
	m, r := newRecord(t)
	first, err1 := r.AddRange(0x10000, 0x2000)
	second, err2 := r.AddRange(0x20000, 0x1000)
	changes := []Change{{0x100, []byte{1, 2, 3}, []byte{4, 5, 6}, true}, {0x200, bytes.Repeat([]byte{7}, wire.MaxPatch), bytes.Repeat([]byte{8}, wire.MaxPatch), false}}
	err := errors.Join(err1, err2, r.SetState(first, Mapped), r.SetState(second, Gone), r.SetGuest(0x777), r.SetControl(0x888), r.SetPending(Pending{1, 2, 3}), r.AddChanges(changes[:1]), r.AddChanges(changes[1:]))
	if err != nil {
		t.Fatal(err)
	}
	opened, err := Open(m, recordAt)
	if err != nil {
		t.Fatal(err)
	}
	ranges, err1 := opened.Ranges()
	got, err2 := opened.Changes()
	if err := errors.Join(err1, err2); err != nil {
		t.Fatal(err)
	}
	if want := []Range{{0x10000, 0x2000, Mapped}, {0x20000, 0x1000, Gone}}; !reflect.DeepEqual(ranges, want) {
		t.Errorf("ranges %v, want %v", ranges, want)
	}
	if !reflect.DeepEqual(got, changes) || opened.Guest != 0x777 || opened.Owner != owner || opened.Pending != (Pending{1, 2, 3}) || opened.Control != 0x888 {
		t.Errorf("%+v with changes %v, want %v", opened.Head, got, changes)
	}
}

func TestNoRecordIsOpenedWhereThereIsNone(t *testing.T) {
	m, r := newRecord(t)
	for _, at := range []uint64{0, recordAt + 8, 1 << 40} {
		if _, err := Open(m, at); !errors.Is(err, ErrNone) {
			t.Errorf("at %#x: %v, want ErrNone", at, err)
		}
	}
	if err := r.put(rangesAt, uint64(MaxRanges+1)); err != nil {
		t.Fatal(err)
	}
	if _, err := Open(m, recordAt); err == nil {
		t.Error("a record of more ranges than there can be was opened")
	}
}

func TestChangesThatAreNotInForceMakeRoom(t *testing.T) {
	m, r := newRecord(t)
	const at = recordAt + Bytes
	inForce := Change{At: at, Old: []byte{1}, New: []byte{2}}
	m[at] = 2
	all := []Change{inForce}
	for i := uint64(1); i < MaxChanges; i++ {
		all = append(all, Change{At: at + i, Old: []byte{1}, New: []byte{2}}) // where 0 is
	}
	if err := r.AddChanges(all); err != nil {
		t.Fatal(err)
	}
	last := Change{At: at + MaxChanges, Old: []byte{3}, New: []byte{4}, Last: true}
	if err := r.AddChanges([]Change{last}); err != nil {
		t.Fatal(err)
	}
	got, err := r.Changes()
	if want := []Change{inForce, last}; err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("%v, %v; want %v", got, err, want)
	}
	if err := r.AddChanges(make([]Change, MaxChanges)); !errors.Is(err, ErrFull) {
		t.Errorf("%v of more than there is room for, want ErrFull", err)
	}
}
