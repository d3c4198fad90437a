// Package memray reads what Python's memory profiler memray writes with `memray transform csv`: the one of its outputs
// that has whole stacks with lines, bytes and blocks.
//
// # The format
//
// CSV with a line for each allocator, thread and stack, after a heading:
//
//	allocator        MALLOC, MMAP, …
//	num_allocations  blocks
//	size             bytes
//	tid, thread_name
//	stack_trace      innermost first: function;file;line|function;file;line|…
//
// # What it becomes
//
// What memray writes unless told otherwise is what lived at the peak, which is the column profile.Peak. The file says neither when
// that was, nor whether memray was told to write what was left (--leaks) or temporary blocks instead. Stacks of several allocators
// and threads are one point.
package memray

import (
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

// Detect reports whether a file that begins with head is one of memray's tables.
func Detect(head []byte) bool { return bytes.HasPrefix(head, []byte(strings.Join(heading, ","))) }

// Read reads a profile, as the input streams in: memory grows with the distinct stacks and frames.
//
// The error is a *profile.FormatError where the content is wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	p := &profile.Profile{
		Maker: "memray", Mode: "heap", Verb: "Allocated",
		Columns: profile.Peak | profile.NoTotals,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
		Frames:  []profile.Frame{profile.Root},
	}
	t := table{csv: csv.NewReader(r), p: p, frameOf: make(map[string]uint32), pointOf: make(map[string]int)}
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

// table has what was read so far.
type table struct {
	csv           *csv.Reader
	p             *profile.Profile
	headed        bool
	frameOf       map[string]uint32 // by the text of one frame
	pointOf       map[string]int    // by the indices of a stack's frames
	bytes, blocks uint64
	frames        []uint32
	key           []byte
	stacks        profile.StackArena
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
	t.frames, t.key = t.frames[:0], t.key[:0]
	for stack != "" {
		var text string
		if text, stack = cutFrame(stack); text == "" {
			return nil, t.damaged("has a stack that is not function;file;line|…")
		}
		f := t.frame(text)
		t.frames = append(t.frames, f)
		t.key = append(t.key, byte(f), byte(f>>8), byte(f>>16), byte(f>>24))
	}
	i, known := t.pointOf[string(t.key)]
	if !known {
		i = len(t.p.Points)
		t.p.Points = append(t.p.Points, profile.Point{Stack: t.stacks.Add(t.frames)})
		t.pointOf[string(t.key)] = i
	}
	return &t.p.Points[i], nil
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
	f := profile.Frame{}
	f.Function, f.File, f.Line = parts(strings.ToValidUTF8(text, "\uFFFD"))
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
	i := uint32(len(t.p.Frames))
	t.p.Frames = append(t.p.Frames, f)
	t.frameOf[text] = i
	return i
}

// isPython reports whether a file is of Python's code: by its name, or as it is none, such as <frozen runpy> and <string>. The
// other frames are those of native code, which are there with --native.
func isPython(file string) bool {
	return strings.HasSuffix(file, ".py") || strings.HasPrefix(file, "<") && strings.HasSuffix(file, ">") && file != "<unknown>"
}
