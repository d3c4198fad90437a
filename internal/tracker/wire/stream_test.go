package wire_test

import (
	"bytes"
	"errors"
	"io"
	"reflect"
	"strings"
	"testing"

	"heapprof/internal/tracker/wire"
	"heapprof/internal/tracker/wire/wiretest"
)

// someRecords are records of each kind, one of them of words that lie around the ring's end.
func someRecords() []wire.Record {
	ring := new(wire.Words)
	const from = 3*wire.RingWords - 2
	for i, word := range wiretest.Module(file) {
		ring[(from+i)%wire.RingWords] = word
	}
	return []wire.Record{
		wire.Beginning{Process: 3, Start: 1 << 60},
		ring.Span(3, 70, from, from+file.Words),
		wire.Beginning{Process: 4, Parent: 4, Fork: 9, Start: 1<<60 + 1},
		wire.Span{Process: 4, Ring: 0, From: 5, Words: []uint64{}},
		wire.Round{Limit: 1<<64 - 1},
		wire.End{Process: 3, Stamp: 1<<60 + 5},
	}
}

func write(t *testing.T, records ...wire.Record) []byte {
	t.Helper()
	var b bytes.Buffer
	w := wire.NewStreamWriter(&b)
	for _, r := range records {
		w.Write(r)
	}
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	return b.Bytes()
}

// read returns the records of a stream up to the first error, which is nil if that is its end.
func read(stream []byte) (records []wire.Record, err error) {
	r, err := wire.NewStreamReader(bytes.NewReader(stream))
	if err != nil {
		return nil, err
	}
	for {
		record, err := r.Next()
		if err == io.EOF {
			return records, nil
		}
		if err != nil {
			return records, err
		}
		records = append(records, record)
	}
}

func TestAStreamIsReadAsItWasWritten(t *testing.T) {
	want := someRecords()
	if got := want[1].(wire.Span).Words; !reflect.DeepEqual(got, wiretest.Module(file)) {
		t.Errorf("the span is %x, want %x", got, wiretest.Module(file))
	}
	got, err := read(write(t, want...))
	if err != nil || !reflect.DeepEqual(got, want) {
		t.Errorf("read\n%+v, %v\nwant\n%+v", got, err, want)
	}
}

func TestAStreamThatIsCutOffIsReadUpToThere(t *testing.T) {
	want := someRecords()
	stream := write(t, want...)
	whole := make(map[int]bool) // lengths at which a record ends
	for n := range want {
		whole[len(write(t, want[:n]...))] = true
	}
	for n := range len(stream) {
		got, err := read(stream[:n])
		if !reflect.DeepEqual(got, want[:len(got)]) && len(got) > 0 {
			t.Fatalf("of %d bytes, %+v is read", n, got)
		}
		headless := n < len(write(t))
		if cut := errors.Is(err, io.ErrUnexpectedEOF); !headless && cut == whole[n] || headless && err == nil {
			t.Errorf("of %d bytes, %d records are read: %v", n, len(got), err)
		}
	}
}

func TestAStreamThatMakesNoSenseIsRefused(t *testing.T) {
	begun := wire.Beginning{Process: 3}
	otherVersion := write(t, begun)
	otherVersion[16]++
	otherEvents := write(t, begun)
	otherEvents[20]++
	for _, c := range []struct {
		stream []byte
		want   string
	}{
		{nil, "it does not begin as a stream of events does"},
		{[]byte("heapprof events and more that is none"), "it does not begin as a stream"},
		{otherVersion, "it is a stream of version 2 with events of version 8, and only 1 and 8 can be read"},
		{otherEvents, "it is a stream of version 1 with events of version 9, and only"},
		{append(write(t, begun), 5, 0, 0, 0), "record 2: it is of kind 5, which is not known"},
		{write(t, begun, begun), "record 2: process 3 begins again"},
		{write(t, wire.Beginning{Process: wire.MaxProcesses}), "record 1: process 16384, of parent 0, is more than the 16384"},
		{write(t, wire.Beginning{Parent: wire.MaxProcesses + 1}), "record 1: process 0, of parent 16385, is more"},
		{write(t, wire.Span{Process: 3}), "record 1: process 3 has not begun"},
		{write(t, wire.End{Process: 3}), "record 1: process 3 has not begun"},
		{write(t, begun, wire.Span{Process: 3, Ring: wire.MaxRings}), "record 2: 0 words of ring 65536 are more"},
		{write(t, begun, wire.Span{Process: 3, Words: make([]uint64, wire.RingWords+1)}), "record 2: 32769 words of ring 0 are more"},
	} {
		if _, err := read(c.stream); err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("the error is %v, want %s", err, c.want)
		}
	}
}

type fullDisk struct{ room int }

func (d *fullDisk) Write(b []byte) (int, error) {
	if d.room -= len(b); d.room < 0 {
		return 0, errors.New("no room")
	}
	return len(b), nil
}

func TestTheFirstErrorOfWritingAStreamIsKept(t *testing.T) {
	w := wire.NewStreamWriter(&fullDisk{room: 40})
	w.Write(wire.Round{})
	if w.Err() != nil {
		t.Fatal(w.Err())
	}
	w.Write(wire.Span{Words: make([]uint64, 100)})
	w.Write(wire.Round{})
	if w.Err() == nil || w.Err().Error() != "no room" {
		t.Errorf("the error is %v", w.Err())
	}
}

// FuzzStream reads what may be no stream; what is read of it is written as it was.
func FuzzStream(f *testing.F) {
	f.Add([]byte(nil))
	var b bytes.Buffer
	w := wire.NewStreamWriter(&b)
	for _, r := range someRecords() {
		w.Write(r)
	}
	f.Add(b.Bytes())
	f.Add(b.Bytes()[:b.Len()-3])
	f.Fuzz(func(t *testing.T, stream []byte) {
		records, err := read(stream)
		if len(records) == 0 {
			return
		}
		if again := write(t, records...); !bytes.HasPrefix(stream, again) || err == nil && len(again) != len(stream) {
			t.Errorf("%d records of %d bytes are written again in %d", len(records), len(stream), len(again))
		}
	})
}
