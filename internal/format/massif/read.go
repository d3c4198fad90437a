package massif

import (
	"bytes"
	"io"
	"strconv"
	"strings"

	"heapprof/internal/dhat"
	"heapprof/internal/format/lines"
	"heapprof/internal/profile"
)

// BelowThreshold is the marker for the callers, or at the outside of a tree the sites, that Massif does not name as each of them has too
// little.
const BelowThreshold = "[below massif's threshold]"

// The beginnings of lines.
const (
	separator = "#-----------"
	snapshot  = "snapshot="
	command   = "cmd: "
	unit      = "time_unit: "
	describes = "desc: "
)

// Detect reports whether a file that begins with head is one of Massif's. One of heaptrack_print's begins with a snapshot; one of
// cachegrind's as Massif's does, and goes on with events.
func Detect(head []byte) bool {
	return bytes.HasPrefix(head, []byte(separator+"\n"+snapshot)) ||
		bytes.HasPrefix(head, []byte(describes)) && bytes.Contains(head, []byte("\n"+command)) && !bytes.Contains(head, []byte("\nevents: "))
}

// Read reads a profile, as the input streams in: memory grows with the distinct lines of trees.
//
// The error is a *profile.FormatError where the content is wrong, else the error of r.
func Read(r io.Reader) (*profile.Profile, error) {
	rd := reader{Reader: lines.NewReader(r), frames: []profile.Frame{profile.Root}, frameOf: make(map[string]uint32), modules: make(map[string]*profile.Module)}
	if err := rd.read(); err != nil {
		return nil, err
	}
	return rd.profile()
}

// reader has what was read so far.
type reader struct {
	*lines.Reader
	desc    string // what valgrind's options were, or what wrote the file
	command string
	unit    string // of time
	of      snapshotRead
	reads   []snapshotRead // all snapshots before

	frames   []profile.Frame
	frameOf  map[string]uint32 // by the text of a line
	modules  map[string]*profile.Module
	allPaths []*profile.Module
	tree     tree
	pages    bool // the trees are of pages, not of blocks
	xtree    bool // the snapshots are sums, not moments
}

// snapshotRead is a snapshot.
type snapshotRead struct {
	line    int // its first
	time    string
	bytes   uint64
	hasTree bool
	isPeak  bool // so says the file
	stacks  bool // there are bytes of stacks beside those of the heap, and the file's peak is of both together
	total   bool // it has its bytes
}

func (r *reader) read() error {
	for {
		err := r.Next()
		if err == io.EOF {
			return r.end()
		}
		if err == nil {
			err = r.line()
		}
		if err != nil {
			return err
		}
	}
}

// line takes what a line tells.
func (r *reader) line() error {
	text := string(r.Text)
	key, value, _ := strings.Cut(text, "=")
	switch {
	case strings.HasPrefix(text, describes):
		r.desc = strings.TrimSpace(text[len(describes):])
	case text == separator, key == "mem_heap_extra_B", key == "mem_stacks_B" && value == "0":
	case key == "mem_stacks_B":
		r.of.stacks = true
	case strings.HasPrefix(text, command):
		r.command = strings.ToValidUTF8(text[len(command):], "\uFFFD")
	case strings.HasPrefix(text, unit):
		r.unit = text[len(unit):]
	case strings.HasPrefix(text, snapshot):
		r.endSnapshot()
		r.of.line = r.Number
	case r.of.line == 0:
		if r.command != "" && r.unit == "" {
			r.command += "\n" + strings.ToValidUTF8(text, "\uFFFD") // an argument with a line break
			return nil
		}
		return r.Damaged("is of no known kind")
	case key == "time":
		r.of.time = value
	case key == "mem_heap_B":
		n, err := strconv.ParseUint(value, 10, 64)
		if err != nil {
			return r.Damaged("has no number of bytes")
		}
		r.of.bytes, r.of.total = n, true
	case key == "heap_tree" && value == "empty":
	case key == "heap_tree" && (value == "detailed" || value == "peak"):
		if !r.of.total {
			return r.Damaged("comes before the snapshot's mem_heap_B")
		}
		r.of.hasTree, r.of.isPeak = true, value == "peak" && !r.of.stacks
		return r.readTree()
	default:
		return r.Damaged("is of no known kind")
	}
	return nil
}

// endSnapshot keeps the snapshot that was read, if any.
func (r *reader) endSnapshot() {
	if r.of.line != 0 {
		r.reads = append(r.reads, r.of)
	}
	r.of = snapshotRead{}
}

// end checks what only the whole file can tell.
func (r *reader) end() error {
	if r.Cut {
		return r.Damaged("is cut off: the file ends in it")
	}
	r.endSnapshot()
	if len(r.reads) == 0 {
		return profile.Formatf("is not a whole file of massif's: it has no snapshot")
	}
	if last := &r.reads[len(r.reads)-1]; last.time == "" || !last.total {
		return profile.Formatf("is not a whole file of massif's: it ends in the snapshot at line %d", last.line)
	}
	return nil
}

// frame returns the index of the frame that a line of a tree names.
func (r *reader) frame(text []byte) uint32 {
	if i, known := r.frameOf[string(text)]; known {
		return i
	}
	key := strings.ToValidUTF8(string(text), "\uFFFD")
	f, path := dhat.ParseFrame(key)
	if isBelow(key) {
		f, path = profile.Marker(BelowThreshold), ""
	}
	if path != "" {
		m := r.modules[path]
		if m == nil {
			m = &profile.Module{Path: path}
			r.modules[path], r.allPaths = m, append(r.allPaths, m)
		}
		f.Module = m
	}
	i := uint32(len(r.frames))
	r.frames = append(r.frames, f)
	r.frameOf[string(text)] = i
	return i
}

// isBelow reports whether a line of a tree stands for several places, or one, that are not named.
func isBelow(text string) bool {
	rest, ok := strings.CutPrefix(text, "in ")
	number, rest, _ := strings.Cut(rest, " ")
	_, err := strconv.ParseUint(number, 10, 64)
	return ok && err == nil && strings.HasPrefix(rest, "place") && strings.Contains(rest, "below massif's threshold")
}
