// Package memray reads what Python's memory profiler memray writes with `memray transform csv`, which has whole stacks with lines, bytes
// and blocks, and with `memray transform gprof2dot`, which has neither lines nor blocks.
//
// # The table
//
// CSV with a line for each allocator, thread and stack, after a heading:
//
//	allocator        MALLOC, MMAP, …
//	num_allocations  blocks
//	size             bytes
//	tid, thread_name
//	stack_trace      innermost first: function;file;line|function;file;line|…
//
// # The graph
//
// One object of JSON:
//
//	costs      [{"description": "Memory", "unit": "bytes"}]
//	events     [{"callchain": [2, 0], "cost": [1372]}, …]: functions, innermost first
//	functions  [{"name": "load", "module": "/src/rows.py"}, …]
//
// # What they become
//
// What memray writes unless told otherwise is what lived at the peak, which is the column profile.Peak. The file says neither when
// that was, nor whether memray was told to write what was left (--leaks) or temporary blocks instead. Stacks of several allocators
// and threads are one point.
package memray

import (
	"bufio"
	"bytes"
	"encoding/csv"
	"errors"
	"io"
	"math/bits"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// heading is the first line.
var heading = []string{"allocator", "num_allocations", "size", "tid", "thread_name", "stack_trace"}

// Columns of a line.
const (
	blocksColumn = 1
	sizeColumn   = 2
	stackColumn  = 5
)

// Detect reports whether a file that begins with head is one of memray's tables or graphs.
func Detect(head []byte) bool {
	return bytes.HasPrefix(head, []byte(strings.Join(heading, ","))) || isGraph(head)
}

// Read reads a profile, as the input streams in: memory grows with the distinct stacks and frames.
//
// The error is a *profile.FormatError where the content is wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	br := bufio.NewReader(r)
	if head, _ := br.Peek(len(graphHead)); isGraph(head) { // an error is met again
		return readGraph(br)
	}
	return readTable(br)
}

func readTable(r io.Reader) (*profile.Profile, error) {
	p := empty(profile.Peak | profile.NoTotals)
	t := table{csv: csv.NewReader(r), stacks: newStacks(p), frameOf: make(map[string]uint32)}
	t.csv.ReuseRecord, t.csv.FieldsPerRecord = true, len(heading)
	for {
		row, err := t.csv.Read()
		if err == io.EOF {
			break
		}
		if err == nil {
			err = t.add(row)
		}
		if err != nil {
			return nil, explain(err)
		}
	}
	if !t.headed {
		return nil, profile.Formatf("is empty")
	}
	p.Normalize()
	return p, nil
}

// empty returns a profile of memray's without points.
func empty(columns profile.Columns) *profile.Profile {
	return &profile.Profile{
		Maker: "memray", Mode: "heap", Verb: "Allocated", Columns: columns,
		Units:  profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames: []profile.Frame{profile.Root},
	}
}

// stacks are the points of a profile, one for each stack.
type stacks struct {
	p       *profile.Profile
	pointOf map[string]int // by the indices of a stack's frames
	key     []byte
	arena   profile.StackArena
}

func newStacks(p *profile.Profile) stacks { return stacks{p: p, pointOf: make(map[string]int)} }

// point returns the point of a stack, which it keeps a copy of.
func (s *stacks) point(frames []uint32) *profile.Point {
	s.key = s.key[:0]
	for _, f := range frames {
		s.key = append(s.key, byte(f), byte(f>>8), byte(f>>16), byte(f>>24))
	}
	i, known := s.pointOf[string(s.key)]
	if !known {
		i = len(s.p.Points)
		s.p.Points = append(s.p.Points, profile.Point{Stack: s.arena.Add(frames)})
		s.pointOf[string(s.key)] = i
	}
	return &s.p.Points[i]
}

// table has what was read so far.
type table struct {
	csv           *csv.Reader
	stacks        stacks
	headed        bool
	frameOf       map[string]uint32 // by the text of one frame
	bytes, blocks uint64
	frames        []uint32
}

// explain returns the error for a table that is damaged in words of its own.
func explain(err error) error {
	var parse *csv.ParseError
	if errors.As(err, &parse) {
		return profile.Formatf("is damaged: line %d is none of such a table: %v", parse.Line, parse.Err)
	}
	return err
}

// add adds what a row has.
func (t *table) add(row []string) error {
	if !t.headed {
		t.headed = true
		if !slices.Equal(row, heading) {
			return t.damaged("does not name the columns of memray's tables")
		}
		return nil
	}
	blocks, err := strconv.ParseUint(row[blocksColumn], 10, 64)
	size, sizeErr := strconv.ParseUint(row[sizeColumn], 10, 64)
	if err != nil || sizeErr != nil {
		return t.damaged("has no number of allocations and size")
	}
	var carry, more uint64
	t.bytes, carry = bits.Add64(t.bytes, size, 0)
	t.blocks, more = bits.Add64(t.blocks, blocks, 0)
	if carry|more != 0 {
		return t.damaged("makes the sum of all more than 2^64-1")
	}
	pt, err := t.point(row[stackColumn])
	if err != nil {
		return err
	}
	pt.PeakBytes += size
	pt.PeakBlocks += blocks
	return nil
}

// damaged returns the error for the row that was read last; what is wrong is as for fmt.Sprintf.
func (t *table) damaged(format string) error {
	line, _ := t.csv.FieldPos(0)
	return profile.Formatf("is damaged: line %d "+format, line)
}

// point returns the point of a stack.
func (t *table) point(stack string) (*profile.Point, error) {
	t.frames = t.frames[:0]
	for stack != "" {
		var text string
		if text, stack = cutFrame(stack); text == "" {
			return nil, t.damaged("has a stack that is not function;file;line|…")
		}
		t.frames = append(t.frames, t.frame(text))
	}
	return t.stacks.point(t.frames), nil
}

// cutFrame returns the first frame of a stack, and the rest. Names may have bars and semicolons in them, as operators of
// C++ do, so that a frame ends at the first bar, or the end, before which there are a semicolon and a number and another semicolon before. The
// frame is "" where there is none.
func cutFrame(stack string) (frame, rest string) {
	semicolons := 0
	for from := 0; from < len(stack); {
		piece, _, _ := strings.Cut(stack[from:], "|")
		end := from + len(piece)
		semicolons += strings.Count(piece, ";")
		if last := strings.LastIndexByte(piece, ';'); last >= 0 && semicolons >= 2 {
			if _, err := strconv.Atoi(piece[last+1:]); err == nil {
				return stack[:end], strings.TrimPrefix(stack[end:], "|")
			}
		}
		from = end + 1
	}
	return "", ""
}

// parts returns function, file and line of a frame's text, which cutFrame has returned.
func parts(text string) (function, file string, line int) {
	last := strings.LastIndexByte(text, ';')
	line, _ = strconv.Atoi(text[last+1:])
	semicolon := strings.LastIndexByte(text[:last], ';')
	return text[:semicolon], text[semicolon+1 : last], max(line, 0)
}

// frame returns the index of the frame with a text.
func (t *table) frame(text string) uint32 {
	if i, known := t.frameOf[text]; known {
		return i
	}
	text = strings.Clone(text) // of a row that the next one writes over, or of a long one
	f := newFrame(parts(strings.ToValidUTF8(text, "\uFFFD")))
	i := uint32(len(t.stacks.p.Frames))
	t.stacks.p.Frames = append(t.stacks.p.Frames, f)
	t.frameOf[text] = i
	return i
}

// newFrame returns the frame of a function; 0 stands for a line that is not told.
func newFrame(function, file string, line int) profile.Frame {
	f := profile.Frame{Function: function, File: file, Line: line}
	const unknown = "???" // what native code without debug information is called
	if f.Function == unknown {
		f.Function = ""
	}
	if f.File == unknown {
		f.File = ""
	}
	if isPython(f.File) {
		f.Language = profile.Python
	}
	return f
}

// isPython reports whether a file is of Python's code: by its name, or as it is none, such as <frozen runpy> and <string>. The
// other frames are those of native code, which are there with --native.
func isPython(file string) bool {
	return strings.HasSuffix(file, ".py") || strings.HasPrefix(file, "<") && strings.HasSuffix(file, ">") && file != "<unknown>"
}
