package madecode

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"io"
)

// ErrNoDump is the error for a file that does not begin as jitdump files do.
var ErrNoDump = errors.New("not a jitdump file")

// The form of a jitdump file (Linux: tools/perf/Documentation/jitdump-specification.txt).
const (
	dumpMagic       = 0x4a695444 // "JiTD"
	dumpHeaderBytes = 40
	recordBytes     = 16 // id, size of the whole record, time

	recordLoad  = 0
	recordMove  = 1
	recordLines = 2
)

// The most that is kept of a file.
const (
	mostRecord = 64 << 20  // bytes of one record; a longer one is passed over
	mostLines  = 1 << 16   // of one piece of code
	mostMoving = 1 << 18   // pieces of code that may be moved
	mostText   = 256 << 10 // bytes of a record that are looked at for names
)

// ReadDump calls code with each piece of code that a jitdump file names, in the order of the file. Its
// Order is the time of its record: nanoseconds of the clock CLOCK_MONOTONIC, unless ofProcessor, where it is
// the processor's counter. Code that is moved comes again. A file that ends within a record, as while
// it is written, is read up to there. The error is ErrNoDump, or the reader's.
func ReadDump(r io.Reader, code func(Code)) (ofProcessor bool, err error) {
	d := dump{r: bufio.NewReaderSize(r, 64<<10), code: code, loaded: make(map[uint64]Code)}
	header := make([]byte, dumpHeaderBytes)
	if _, err := io.ReadFull(d.r, header); err != nil {
		return false, ErrNoDump
	}
	switch {
	case binary.LittleEndian.Uint32(header) == dumpMagic:
		d.order = binary.LittleEndian
	case binary.BigEndian.Uint32(header) == dumpMagic:
		d.order = binary.BigEndian
	default:
		return false, ErrNoDump
	}
	ofProcessor = d.order.Uint64(header[32:])&1 != 0
	if more := int64(d.order.Uint32(header[8:])) - dumpHeaderBytes; more > 0 {
		if _, err := io.CopyN(io.Discard, d.r, more); err != nil {
			return ofProcessor, withoutEnd(err)
		}
	}
	for err == nil {
		err = d.record()
	}
	return ofProcessor, withoutEnd(err)
}

// withoutEnd returns an error, or nil for one that says that a file has ended.
func withoutEnd(err error) error {
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) {
		return nil
	}
	return err
}

// dump is a jitdump file that is read.
type dump struct {
	r      *bufio.Reader
	order  binary.ByteOrder
	code   func(Code)
	loaded map[uint64]Code // by the numbers that the file gives code: what may be moved

	lines   []Line // of the code that comes next
	linesOf uint64 // its first address
}

// record reads a record.
func (d *dump) record() error {
	head := make([]byte, recordBytes)
	if _, err := io.ReadFull(d.r, head); err != nil {
		return err
	}
	size := int64(d.order.Uint32(head[4:])) - recordBytes
	if size < 0 {
		return io.ErrUnexpectedEOF // where the next record begins is not known
	}
	id, time := d.order.Uint32(head), d.order.Uint64(head[8:])
	looked := min(size, mostText)
	if id == recordLines {
		looked = size
	}
	if id > recordLines || looked > mostRecord {
		looked = 0
	}
	body := make([]byte, 0, min(looked, 4<<10))
	text := bytes.NewBuffer(body) // grows with what there is, not with what the file says that there is
	if _, err := io.CopyN(text, d.r, looked); err != nil {
		return err
	}
	switch body = text.Bytes(); {
	case looked == 0:
	case id == recordLoad:
		d.load(body, time)
	case id == recordMove:
		d.move(body, time)
	case id == recordLines:
		d.readLines(body)
	}
	_, err := io.CopyN(io.Discard, d.r, size-looked)
	return err
}

// load reads a record of new code: process, thread, address, address, bytes, number, name, code.
func (d *dump) load(body []byte, time uint64) {
	const fields = 40
	if len(body) < fields {
		return
	}
	name, _, ended := bytes.Cut(body[fields:], []byte{0})
	c := Code{Start: d.order.Uint64(body[16:]), Size: d.order.Uint64(body[24:]), Name: cut(name), Order: time}
	if !ended || len(name) == 0 || c.Start+c.Size < c.Start {
		return
	}
	if d.linesOf == c.Start {
		c.Lines = d.lines
	}
	d.lines, d.linesOf = nil, 0
	if number := d.order.Uint64(body[32:]); len(d.loaded) < mostMoving {
		d.loaded[number] = Code{Start: c.Start, Name: c.Name}
	}
	d.code(c)
}

// move reads a record of code that has another place now: process, thread, new address, old address, new address,
// bytes, number.
func (d *dump) move(body []byte, time uint64) {
	const fields = 48
	if len(body) < fields {
		return
	}
	c, ok := d.loaded[d.order.Uint64(body[40:])]
	if !ok || d.order.Uint64(body[16:]) != c.Start {
		return
	}
	c.Start, c.Size, c.Order = d.order.Uint64(body[24:]), d.order.Uint64(body[32:]), time
	if c.Start+c.Size < c.Start {
		return
	}
	d.loaded[d.order.Uint64(body[40:])] = Code{Start: c.Start, Name: c.Name}
	d.code(c)
}

// readLines reads a record of the lines of the code that comes next: address, how many, and of each its
// address, line, column, and file.
func (d *dump) readLines(body []byte) {
	const fields, entry = 16, 16
	d.lines, d.linesOf = nil, 0
	if len(body) < fields {
		return
	}
	d.linesOf = d.order.Uint64(body)
	n := d.order.Uint64(body[8:])
	file := ""
	for body = body[fields:]; n > 0 && len(body) >= entry && len(d.lines) < mostLines; n-- {
		l := Line{Start: d.order.Uint64(body), Line: int(int32(d.order.Uint32(body[8:])))}
		name, rest, ended := bytes.Cut(body[entry:], []byte{0})
		if !ended {
			return
		}
		if same := len(name) == 1 && name[0] == 0xff; !same { // which stands for the file of the entry before
			file = cut(name)
		}
		l.File, body = file, rest
		if l.Line > 0 && (len(d.lines) == 0 || d.lines[len(d.lines)-1].Start <= l.Start) {
			d.lines = append(d.lines, l)
		}
	}
}
