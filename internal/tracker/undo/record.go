package undo

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"heapprof/internal/tracker/wire"
)

// Magic is what a record begins with.
const Magic = 0x6f646e7570616568 // "heapundo"

const version = 1

// Bytes is how long the mapping of a record is. What is not used of it takes no memory.
const Bytes = 1 << 20

// Where in a record its parts lie, in bytes.
const (
	RangesAt  = 128
	MaxRanges = 1000
	ChangesAt = 24 << 10
	CodeAt    = Bytes - 64<<10 // for code that a thread is to run at last, and what that needs
)

// MaxChanges is how many changes a record has room for.
const MaxChanges = (CodeAt - ChangesAt) / changeBytes

// Head is the beginning of a record.
type Head struct {
	Magic   uint64
	Version uint64
	At      uint64 // the address of the record itself
	Guest   uint64 // the address of the library's wire.Guest; 0: it has not been started
	Control uint64 // where the first page of the shared memory is mapped; 0: nowhere
	Ranges  uint64 // how many of the ranges are in use
	Changes uint64 // how many changes there are
	Ending  uint64 // 1: no thread is in anything that it lists any more, nor will be
	Owner
	Pending // what is being unmapped
}

// Owner is whose a record is.
type Owner struct {
	Token    uint64 // a number that no other recorder has; forked children have it, too
	Recorder uint64 // the recorder's process, as its /proc has it
	Started  uint64 // when that was started, as /proc/PID/stat has it: another process may have the number later
}

// Pending is a mapping that is being unmapped: it may be there or not, or something of the program's in its place. Bytes is 0 for
// none. Sum is of what it began with, by which it is told.
type Pending struct{ At, Bytes, Sum uint64 }

// State is what is known of a range.
type State uint64

// The states of a range.
const (
	Gone    State = iota // it is not mapped any more, or never was
	Planned              // it may be mapped, or not
	Mapped
)

// Range is something that was mapped.
type Range struct {
	At, Bytes uint64
	State     State
}

// End returns the address behind it.
func (r Range) End() uint64 { return r.At + r.Bytes }

// Change is code that was written over other code.
type Change struct {
	At       uint64
	Old, New []byte // of the same length, at most wire.MaxPatch
	// Last reports whether it is to be in force for as long as a thread may be in anything that the record lists.
	Last bool
}

type encodedChange struct {
	At, Bytes uint64 // Bytes has isLast, too
	Old, New  [wire.MaxPatch]byte
}

const isLast = 1 << 32

func (c *Change) encoded() encodedChange {
	e := encodedChange{At: c.At, Bytes: uint64(len(c.New))}
	if c.Last {
		e.Bytes |= isLast
	}
	copy(e.Old[:], c.Old)
	copy(e.New[:], c.New)
	return e
}

const (
	rangeBytes  = 24
	changeBytes = 16 + 2*wire.MaxPatch
	headBytes   = 14 * 8
)

// Memory is the memory of a process.
type Memory interface {
	io.ReaderAt
	io.WriterAt
}

// The errors of reading a record.
var (
	ErrNone = errors.New("there is no record of what was changed")
	ErrFull = errors.New("the record of what was changed has no room for more")
)

// Record is a record in a process's memory.
type Record struct {
	memory Memory
	Head
}

// Create writes a record without entries at an address, where Bytes bytes are mapped.
func Create(m Memory, at uint64, o Owner) (*Record, error) {
	r := &Record{m, Head{Magic: Magic, Version: version, At: at, Owner: o}}
	return r, r.put(0, r.Head)
}

// Open returns the record at an address. The error is ErrNone if there is none.
func Open(m Memory, at uint64) (*Record, error) {
	r := &Record{memory: m}
	b := make([]byte, headBytes)
	if _, err := m.ReadAt(b, int64(at)); err != nil {
		return nil, ErrNone
	}
	if _, err := binary.Decode(b, binary.LittleEndian, &r.Head); err != nil {
		return nil, err
	}
	switch {
	case r.Magic != Magic, r.At != at:
		return nil, ErrNone
	case r.Version != version, r.Head.Ranges > MaxRanges, r.Head.Changes > MaxChanges:
		return nil, fmt.Errorf("the record of what was changed is of another form (version %d)", r.Version)
	}
	return r, nil
}

// Own returns the range of the record itself.
func (r *Record) Own() Range { return Range{r.At, Bytes, Mapped} }

// put writes a structure of fixed size at an offset.
func (r *Record) put(offset uint64, v any) error {
	b, err := binary.Append(nil, binary.LittleEndian, v)
	if err != nil {
		return err
	}
	_, err = r.memory.WriteAt(b, int64(r.At+offset))
	return err
}

// Where the words of a Head are.
const (
	guestAt   = 24
	controlAt = 32
	rangesAt  = 40
	changesAt = 48
	endingAt  = 56
	pendingAt = 88
)

// SetGuest notes where the library has its wire.Guest.
func (r *Record) SetGuest(at uint64) error {
	r.Guest = at
	return r.put(guestAt, at)
}

// SetControl notes where the first page of the shared memory is mapped.
func (r *Record) SetControl(at uint64) error {
	r.Control = at
	return r.put(controlAt, at)
}

// SetEnding notes that no thread is in anything that the record lists any more, nor will be.
func (r *Record) SetEnding() error {
	r.Ending = 1
	return r.put(endingAt, r.Ending)
}

// SetPending notes what is being unmapped, or that nothing is.
func (r *Record) SetPending(p Pending) error {
	r.Pending = p
	return r.put(pendingAt, p)
}

// AddRange notes a range that is about to be mapped, and returns its number.
func (r *Record) AddRange(at, bytes uint64) (number int, err error) {
	if r.Head.Ranges == MaxRanges {
		return 0, ErrFull
	}
	n := r.Head.Ranges
	if err := r.put(RangesAt+n*rangeBytes, Range{at, bytes, Planned}); err != nil {
		return 0, err
	}
	if err := r.put(rangesAt, n+1); err != nil {
		return 0, err
	}
	r.Head.Ranges++
	return int(n), nil
}

// SetState notes what has become of a range, by its number.
func (r *Record) SetState(number int, s State) error {
	const stateAt = 16
	return r.put(RangesAt+uint64(number)*rangeBytes+stateAt, s)
}

// Ranges returns the ranges by their numbers.
func (r *Record) Ranges() ([]Range, error) {
	all := make([]Range, r.Head.Ranges)
	return all, r.get(RangesAt, all)
}

// Changes returns the changes in the order in which they were noted.
func (r *Record) Changes() ([]Change, error) {
	encoded := make([]encodedChange, r.Head.Changes)
	if err := r.get(ChangesAt, encoded); err != nil {
		return nil, err
	}
	all := make([]Change, 0, len(encoded))
	for i := range encoded {
		e := &encoded[i]
		n := min(e.Bytes&^isLast, wire.MaxPatch)
		all = append(all, Change{e.At, e.Old[:n], e.New[:n], e.Bytes&isLast != 0})
	}
	return all, nil
}

// get reads a list of structures of fixed size from an offset.
func (r *Record) get(offset uint64, list any) error {
	b := make([]byte, binary.Size(list))
	if _, err := r.memory.ReadAt(b, int64(r.At+offset)); err != nil {
		return err
	}
	_, err := binary.Decode(b, binary.LittleEndian, list)
	return err
}

// AddChanges notes changes that are about to be made. Where there is no room, those that are not in force any more are
// forgotten: libraries come and go.
func (r *Record) AddChanges(all []Change) error {
	if r.Head.Changes+uint64(len(all)) > MaxChanges {
		if err := r.forget(); err != nil {
			return err
		}
	}
	if r.Head.Changes+uint64(len(all)) > MaxChanges {
		return ErrFull
	}
	encoded := make([]encodedChange, len(all))
	for i, c := range all {
		if len(c.Old) != len(c.New) || len(c.New) > wire.MaxPatch {
			return fmt.Errorf("a change at %#x is of %d bytes over %d", c.At, len(c.New), len(c.Old))
		}
		encoded[i] = c.encoded()
	}
	if err := r.put(ChangesAt+r.Head.Changes*changeBytes, encoded); err != nil {
		return err
	}
	n := r.Head.Changes + uint64(len(all))
	if err := r.put(changesAt, n); err != nil {
		return err
	}
	r.Head.Changes = n
	return nil
}

// forget removes the changes that are not in force. Whoever reads the record meanwhile finds each that is, some twice.
func (r *Record) forget() error {
	all, err := r.Changes()
	if err != nil {
		return err
	}
	kept := uint64(0)
	for i, c := range all {
		if !r.InForce(c) {
			continue
		}
		if kept != uint64(i) {
			if err := r.put(ChangesAt+kept*changeBytes, c.encoded()); err != nil {
				return err
			}
		}
		kept++
	}
	if err := r.put(changesAt, kept); err != nil {
		return err
	}
	r.Head.Changes = kept
	return nil
}

// InForce reports whether what the change has written is still there. It is not where the file is mapped no longer.
func (r *Record) InForce(c Change) bool {
	b := make([]byte, len(c.New))
	_, err := r.memory.ReadAt(b, int64(c.At))
	return err == nil && bytes.Equal(b, c.New)
}
