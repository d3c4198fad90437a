package heaptrack

import (
	"bytes"
	"io"
	"strings"

	"heapprof/internal/profile"
)

// newestFormat is the newest version of the file format that is known.
const newestFormat = 3

// Detect reports whether a file that begins with head is heaptrack's: whether its first line is of two versions and the next
// one of a kind that comes next.
func Detect(head []byte) bool {
	s := newScanner(bytes.NewReader(head))
	if s.next() != nil || s.kind() != 'v' {
		return false
	}
	if _, ok := s.hex(); !ok {
		return false
	}
	s.hex() // absent in the oldest files
	if len(s.rest) != 0 {
		return false
	}
	err := s.next()
	return err == io.EOF || len(s.Text) > 1 && strings.IndexByte("XxIAS#s", s.kind()) >= 0 && s.Text[1] == ' ' || s.kind() == 'A'
}

// Read reads a profile. The input is read as it streams in: memory grows with the strings, places and stacks found, not with
// the events.
//
// The error is a *profile.FormatError where the content is wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	rd := reader{s: newScanner(r), pageSize: 4096, last: noKind}
	if err := rd.read(); err != nil {
		return nil, err
	}
	return rd.profile()
}

// reader has what was read so far.
type reader struct {
	s        scanner
	format   uint64
	command  []string // its lines: it may be of several
	pageSize uint64
	strings  []string
	places   []place
	inlined  []function // of all places; see place
	stacks   profile.Pieces[stack]
	kinds    profile.Pieces[kind]
	noStack  uint32 // the index plus 1 of the cost of blocks whose stack is not known; 0: there is none
	account  account
	pointers map[uint64]uint32 // before format 1: kinds of live blocks by their addresses
	kindOf   map[kind]uint32   // before format 1
	last     uint64            // the kind, before format 1 the address, of the block allocated by the last event
	time     uint64            // milliseconds
	rss      uint64            // bytes
	timeline timeline
}

// mostEntries is how many stacks, and kinds of blocks, there may be: so that their indices have 32 bits.
const mostEntries = 1<<32 - 2

// noKind is reader.last before there was a block.
const noKind = ^uint64(0)

// place is a place in code. Its functions are the innermost, and count entries of reader.inlined from first on.
type place struct {
	address      uint64
	module       uint32
	innermost    function
	first, count uint32
}

// function is one function at a place, by indices of strings.
type function struct{ name, file, line uint32 }

// stack is a place, the index of the stack that called it plus 1, or 0 for none, and the index of what it has allocated plus 1, or 0.
type stack struct{ place, caller, cost uint32 }

// kind is a kind of block: its size, and the index of its stack plus 1, or 0 for none.
type kind struct {
	size  uint64
	stack uint32
}

func (r *reader) read() error {
	s := &r.s
	switch err := s.next(); {
	case err == io.EOF:
		return profile.Formatf("is empty")
	case err != nil:
		return err
	case s.kind() != 'v':
		return s.Damaged("is not the version, with which heaptrack's files begin")
	}
	if err := r.version(); err != nil {
		return err
	}
	for {
		err := s.next()
		if err == io.EOF {
			return nil
		}
		if err == nil {
			err = r.take()
		}
		if err != nil {
			return err
		}
	}
}

// version reads the first line.
func (r *reader) version() error {
	const beforeFormats = 0x10200 // the version of heaptrack whose files have the format 1 and do not say so
	tool, ok := r.s.hex()
	if !ok {
		return r.s.Damaged("has no version")
	}
	if r.format, ok = r.s.hex(); !ok && tool == beforeFormats {
		r.format = 1
	}
	if r.format > newestFormat {
		return profile.Formatf("is of heaptrack's file format %d; only formats up to %d can be read", r.format, newestFormat)
	}
	return nil
}

// take takes what a line tells.
func (r *reader) take() error {
	s := &r.s
	switch s.kind() {
	case '+':
		return r.allocated()
	case '-':
		return r.freed()
	case 'a':
		return r.kind()
	case 't':
		return r.stack()
	case 'i':
		return r.place()
	case 's':
		return r.text()
	case 'c':
		return r.clock()
	case 'R':
		pages, ok := s.hex()
		if !ok || pages > 1<<40 {
			return s.Damaged("has no number of pages")
		}
		r.rss = pages * r.pageSize
	case 'X':
		return r.commandLine()
	case 'I':
		size, ok := s.hex()
		if !ok || size == 0 || size > 1<<30 {
			return s.Damaged("has no size of a page")
		}
		r.pageSize = size
	case 'A', 'S', '#', 0:
	case 'x', 'm':
		return profile.Formatf("is heaptrack's raw recording, which has addresses and no names: on the machine that it was recorded on, " +
			"zstd -dc FILE | /usr/lib/heaptrack/libexec/heaptrack_interpret | zstd -c > NEW.zst makes a file that can be read")
	default:
		return s.Damaged("is of no known kind: it begins with %q", s.Text[:1])
	}
	return nil
}

// commandLine reads the command line. Of an argument with line breaks the rest comes in lines of its own, up to the one
// about the system.
func (r *reader) commandLine() error {
	r.command = append(r.command, string(r.s.text()))
	if r.format < 2 {
		return nil
	}
	const most = 1 << 20 // bytes of arguments are possible, and few more lines
	for size := 0; size < most; size += len(r.s.Text) + 1 {
		err := r.s.next()
		if err == io.EOF {
			return profile.Formatf("is not a whole recording: it ends in the command line")
		}
		if err != nil {
			return err
		}
		if r.s.kind() == 'I' {
			line := r.s.rest
			var size, pages uint64
			if r.s.numbers(&size, &pages) {
				r.s.rest = line
				return r.take()
			}
		}
		r.command = append(r.command, string(r.s.Text))
	}
	return r.s.Damaged("is still of the command line, which is too long")
}

// text reads a string.
func (r *reader) text() error {
	s := &r.s
	if r.format >= 3 {
		n, ok := s.hex()
		if !ok || uint64(len(s.text())) != n {
			return s.Damaged("has no string of the length that it tells")
		}
	}
	r.strings = append(r.strings, strings.ToValidUTF8(string(s.text()), "\uFFFD"))
	return nil
}

// place reads a place in code.
func (r *reader) place() error {
	s := &r.s
	var p place
	module, ok := uint64(0), false
	if p.address, ok = s.hex(); ok {
		module, ok = s.hex()
	}
	if !ok || module > uint64(len(r.strings)) {
		return s.Damaged("has no address and module")
	}
	p.module, p.first = uint32(module), uint32(len(r.inlined))
	for n := 0; len(s.rest) > 0; n++ {
		var name, file, line uint64
		if !s.numbers(&name) || len(s.rest) > 0 && !s.numbers(&file, &line) {
			return s.Damaged("has a function without its file or line")
		}
		if name > uint64(len(r.strings)) || file > uint64(len(r.strings)) {
			return s.Damaged("refers to a string that there is not")
		}
		f := function{uint32(name), uint32(file), uint32(min(line, 1<<31-1))}
		if n == 0 {
			p.innermost = f
			continue
		}
		r.inlined = append(r.inlined, f)
		p.count++
	}
	r.places = append(r.places, p)
	return nil
}

// stack reads a stack.
func (r *reader) stack() error {
	var place, caller uint64
	if !r.s.numbers(&place, &caller) || place == 0 || place > uint64(len(r.places)) || caller > uint64(r.stacks.Len()) || r.stacks.Len() >= mostEntries {
		return r.s.Damaged("has no place and calling stack that there are")
	}
	r.stacks.Add(stack{place: uint32(place - 1), caller: uint32(caller)})
	return nil
}

// clock reads a time.
func (r *reader) clock() error {
	const most = 1 << 50 // milliseconds
	t, ok := r.s.hex()
	if !ok || t > most {
		return r.s.Damaged("has no time")
	}
	r.time = max(r.time, t)
	r.timeline.add(profile.Reading{Time: r.time, Bytes: r.account.bytes, Blocks: r.account.blocks, RSS: r.rss})
	return nil
}
