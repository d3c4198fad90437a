package wire

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// A stream is a file of what a recorder has read of the shared memory, in the order in which
// it did, so that the same can be replayed without the program. It begins with a header:
//
//	16 bytes  "heapprof events\n"
//	uint32    StreamVersion
//	uint32    Version
//
// Then come the records, each a uint32 that tells its kind and the fields of the kind:
//
//	1 Beginning  uint32 Process, uint32 Parent, uint32 Fork, uint64 Start
//	2 Span       uint32 Process, uint32 Ring, uint64 From, uint32 number of words, and the words, each uint64
//	3 Round      uint64 Limit
//	4 End        uint32 Process, uint64 Stamp
//
// All numbers are little-endian, with nothing between them. A process begins once, before
// its spans. A stream may end behind any record.

// StreamVersion is the version of the streams that are written, and the only one that is read.
const StreamVersion = 1

const streamMagic = "heapprof events\n"

// Record is what a stream consists of: a Beginning, a Span, a Round or an End.
type Record interface{ kind() uint32 }

// Beginning is a process image that the recorder has taken up.
type Beginning struct {
	Process      uint32 // its index in the process table
	Parent, Fork uint32 // as the type Process has them
	Start        uint64
}

// Span is what a thread has published since the Span before of the same ring: whole events,
// if the program has not written over the ring.
type Span struct {
	Process, Ring uint32   // their numbers
	From          uint64   // the index of the first word
	Words         []uint64 // up to RingWords
}

// Round ends what the recorder has found in all rings when it looked once. Events up to the
// stamp Limit may be replayed: none that is earlier will follow.
type Round struct {
	Limit uint64
}

// End is a process image that has ended at the moment Stamp.
type End struct {
	Process uint32
	Stamp   uint64
}

func (Beginning) kind() uint32 { return 1 }
func (Span) kind() uint32      { return 2 }
func (Round) kind() uint32     { return 3 }
func (End) kind() uint32       { return 4 }

// spanHead is a Span in a stream, before its words.
type spanHead struct {
	Process, Ring uint32
	From          uint64
	Count         uint32
}

// streamHeader is a stream's, behind the magic.
type streamHeader struct {
	Stream, Events uint32 // versions
}

// Span returns the words of a ring from one index up to another.
func (w *Words) Span(process, ring uint32, from, to uint64) Span {
	span := Span{Process: process, Ring: ring, From: from, Words: make([]uint64, 0, to-from)}
	for i := from; i != to; i++ {
		span.Words = append(span.Words, w.at(i))
	}
	return span
}

// StreamWriter writes a stream. It does not buffer, and is for one goroutine at a time.
type StreamWriter struct {
	w      io.Writer
	buffer []byte
	err    error
}

// NewStreamWriter begins a stream in w.
func NewStreamWriter(w io.Writer) *StreamWriter {
	s := &StreamWriter{w: w}
	s.write([]byte(streamMagic), streamHeader{StreamVersion, Version})
	return s
}

// Write appends a record. After an error, which Err returns, it does nothing.
func (s *StreamWriter) Write(r Record) {
	kind := binary.LittleEndian.AppendUint32(s.buffer[:0], r.kind())
	if span, ok := r.(Span); ok {
		s.write(kind, spanHead{span.Process, span.Ring, span.From, uint32(len(span.Words))}, span.Words)
	} else {
		s.write(kind, r)
	}
}

// Err returns the first error of writing.
func (s *StreamWriter) Err() error { return s.err }

// write writes b and the values behind it, in one call.
func (s *StreamWriter) write(b []byte, values ...any) {
	for _, v := range values {
		var err error
		if b, err = binary.Append(b, binary.LittleEndian, v); err != nil {
			panic(err) // a record of a type that has no fixed size
		}
	}
	s.buffer = b
	if s.err == nil {
		_, s.err = s.w.Write(b)
	}
}

// StreamReader reads a stream.
type StreamReader struct {
	r     io.Reader
	count int             // of the records that were read
	begun map[uint32]bool // processes
}

// NewStreamReader returns a reader of the stream in r. The error says why r holds none, or
// none that can be read.
func NewStreamReader(r io.Reader) (*StreamReader, error) {
	magic := make([]byte, len(streamMagic))
	var header streamHeader
	if _, err := io.ReadFull(r, magic); err != nil || string(magic) != streamMagic || binary.Read(r, binary.LittleEndian, &header) != nil {
		return nil, errors.New("it does not begin as a stream of events does")
	}
	if want := (streamHeader{StreamVersion, Version}); header != want {
		return nil, fmt.Errorf("it is a stream of version %d with events of version %d, and only %d and %d can be read", header.Stream, header.Events, want.Stream, want.Events)
	}
	return &StreamReader{r: r, begun: make(map[uint32]bool)}, nil
}

// Next returns the next record, and io.EOF behind the last. A record that is cut off or makes
// no sense is another error; but the words of a Span may be anything.
func (s *StreamReader) Next() (Record, error) {
	var kind uint32
	if err := s.read(&kind); err == io.EOF {
		return nil, io.EOF
	} else if err != nil {
		return nil, s.wrong(err)
	}
	r, err := s.record(kind)
	if err != nil {
		return nil, s.wrong(err)
	}
	s.count++
	return r, nil
}

func (s *StreamReader) wrong(err error) error {
	if err == io.EOF {
		err = io.ErrUnexpectedEOF
	}
	return fmt.Errorf("record %d: %w", s.count+1, err)
}

// record reads the fields of a record.
func (s *StreamReader) record(kind uint32) (Record, error) {
	switch kind {
	case Beginning{}.kind():
		var r Beginning
		if err := s.read(&r); err != nil {
			return nil, err
		}
		switch {
		case r.Process >= MaxProcesses || r.Parent > MaxProcesses:
			return nil, fmt.Errorf("process %d, of parent %d, is more than the %d that there may be", r.Process, r.Parent, MaxProcesses)
		case s.begun[r.Process]:
			return nil, fmt.Errorf("process %d begins again", r.Process)
		}
		s.begun[r.Process] = true
		return r, nil
	case Span{}.kind():
		var head spanHead
		if err := s.read(&head); err != nil {
			return nil, err
		}
		if head.Ring >= MaxRings || head.Count > RingWords {
			return nil, fmt.Errorf("%d words of ring %d are more than there may be", head.Count, head.Ring)
		}
		r := Span{Process: head.Process, Ring: head.Ring, From: head.From, Words: make([]uint64, head.Count)}
		if err := s.read(r.Words); err != nil {
			return nil, err
		}
		return r, s.mustHaveBegun(r.Process)
	case Round{}.kind():
		var r Round
		return r, s.read(&r)
	case End{}.kind():
		var r End
		if err := s.read(&r); err != nil {
			return nil, err
		}
		return r, s.mustHaveBegun(r.Process)
	}
	return nil, fmt.Errorf("it is of kind %d, which is not known", kind)
}

func (s *StreamReader) mustHaveBegun(process uint32) error {
	if !s.begun[process] {
		return fmt.Errorf("process %d has not begun", process)
	}
	return nil
}

// read reads a value of fixed size. The error is io.EOF if there is none.
func (s *StreamReader) read(value any) error { return binary.Read(s.r, binary.LittleEndian, value) }
