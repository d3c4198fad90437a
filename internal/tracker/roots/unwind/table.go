package unwind

import (
	"cmp"
	"slices"
	"sort"
)

// Table is the call frame information of a module.
type Table struct {
	memory  Memory
	header  uint64 // address of the search table (.eh_frame_hdr)
	entries uint64 // of the search table: where they begin; 0: it has none
	count   int
	half    uint64 // bytes of each of an entry's two addresses
	form    uint8  // of these addresses

	functions []function // where there is no search table: by address
}

// function is where the information on a function is.
type function struct{ start, entry uint64 }

// entry is the call frame information of one function, and what it has from its common entry.
type entry struct {
	start, end    uint64 // addresses of the function
	initial, rows reader // the instructions: what all functions of the common entry have, and the function's own
	codeAlign     uint64
	dataAlign     int64
	returns       uint64 // the column of the return address
	isSignal      bool   // the frame was interrupted, and has called nothing
	addresses     uint8  // how addresses are encoded
	hasLength     bool   // of data that is not needed
}

// mostEntry is how many bytes of a function's information are looked at.
const mostEntry = 1 << 20

// NewTable returns the table whose search table is at header: what a segment of the type PT_GNU_EH_FRAME has.
func NewTable(m Memory, header uint64) (*Table, error) {
	var begin [64]byte
	n, _ := m.ReadAt(begin[:], header)
	r := reader{rest: begin[:n], at: header}
	version, sectionForm, countForm, form := r.byte(), r.byte(), r.byte(), r.byte()
	if version != 1 || sectionForm == omitted {
		return nil, errUnknown
	}
	t := &Table{memory: m, header: header}
	section := r.address(sectionForm, header)
	if countForm != omitted && form != omitted && formBytes(form) != 0 {
		t.count, t.form, t.half = int(min(r.address(countForm, header), 1<<31)), form, formBytes(form)
		t.entries = r.at
	}
	if r.bad {
		return nil, errDamaged
	}
	if t.entries == 0 {
		t.readFunctions(section)
	}
	return t, nil
}

// mostSection is how many bytes of a section without a search table are looked at.
const mostSection = 1 << 28

// NewTableOf returns the table of a module that has no search table: a section .eh_frame of so many bytes.
func NewTableOf(m Memory, section, bytes uint64) *Table {
	whole := make([]byte, min(bytes, mostSection))
	n, _ := m.ReadAt(whole, section)
	t := &Table{memory: buffer{Memory: m, start: section, bytes: whole[:n]}}
	t.readFunctions(section)
	return t
}

// buffer is memory of which some was read ahead.
type buffer struct {
	Memory
	start uint64
	bytes []byte
}

func (b buffer) ReadAt(p []byte, at uint64) (int, error) {
	if at >= b.start && at-b.start <= uint64(len(b.bytes)) {
		if rest := b.bytes[at-b.start:]; len(rest) >= len(p) {
			return copy(p, rest), nil
		}
	}
	return b.Memory.ReadAt(p, at)
}

// readFunctions goes through the entries of a section for where its functions are.
func (t *Table) readFunctions(section uint64) {
	const most = 1 << 22
	for at := section; len(t.functions) < most; {
		e, next, err := t.read(at)
		if err != nil || next <= at {
			break
		}
		if e != nil {
			t.functions = append(t.functions, function{e.start, at})
		}
		at = next
	}
	slices.SortFunc(t.functions, func(a, b function) int { return cmp.Compare(a.start, b.start) })
}

// find returns the entry of the function that an address is in; nil where there is none.
func (t *Table) find(at uint64) (*entry, error) {
	var failed error
	word := func(i int, second uint64) uint64 {
		var b [8]byte
		where := t.entries + (2*uint64(i)+second)*t.half
		if n, _ := t.memory.ReadAt(b[:t.half], where); uint64(n) < t.half {
			failed = errMemory
			return 0
		}
		r := reader{rest: b[:t.half], at: where}
		return r.address(t.form, t.header)
	}
	start := func(i int) uint64 { return word(i, 0) }
	entryAt := func(i int) uint64 { return word(i, 1) }
	count := t.count
	if t.entries == 0 {
		start = func(i int) uint64 { return t.functions[i].start }
		entryAt = func(i int) uint64 { return t.functions[i].entry }
		count = len(t.functions)
	}
	i := sort.Search(count, func(i int) bool { return start(i) > at }) - 1
	if i < 0 || failed != nil {
		return nil, failed
	}
	e, _, err := t.read(entryAt(i))
	if failed != nil || err != nil {
		return nil, errDamaged
	}
	if e == nil || at < e.start || at >= e.end {
		return nil, nil
	}
	return e, nil
}

// content returns what an entry has behind its length, and where the next one begins; that is where this
// one does if it is the end.
func (t *Table) content(at uint64) (r reader, next uint64, err error) {
	var begin [12]byte
	n, _ := t.memory.ReadAt(begin[:], at)
	r = reader{rest: begin[:n], at: at}
	length := r.unsigned(4)
	if length == 0xffffffff {
		length = r.unsigned(8)
	}
	if length == 0 || r.bad {
		return reader{}, at, nil
	}
	if length < 4 || length > mostEntry {
		return r, r.at + length, errUnknown
	}
	content := make([]byte, length)
	if n, _ := t.memory.ReadAt(content, r.at); uint64(n) < length {
		return r, at, errMemory
	}
	return reader{rest: content, at: r.at}, r.at + length, nil
}

// read returns the entry at an address, nil if it is a common one or the end, and where the next one begins.
func (t *Table) read(at uint64) (e *entry, next uint64, err error) {
	r, next, err := t.content(at)
	if err != nil || next == at {
		return nil, next, err
	}
	idAt := r.at
	id := r.unsigned(4)
	if id == 0 {
		return nil, next, nil
	}
	e, err = t.common(idAt - id)
	if err != nil {
		return nil, next, err
	}
	e.start = r.address(e.addresses, t.header)
	e.end = e.start + r.address(e.addresses&forms, 0)
	if e.hasLength {
		r.bytes(r.uleb())
	}
	e.rows = r
	if r.bad || e.addresses&indirect != 0 || e.end < e.start {
		return nil, next, errDamaged
	}
	return e, next, nil
}

// common returns an entry with what a common one has.
func (t *Table) common(at uint64) (*entry, error) {
	r, next, err := t.content(at)
	if err != nil {
		return nil, err
	}
	if next == at || r.unsigned(4) != 0 {
		return nil, errDamaged
	}
	e := new(entry)
	version := r.byte()
	var augmentation []byte
	for {
		b := r.byte()
		if b == 0 {
			break
		}
		augmentation = append(augmentation, b)
	}
	e.codeAlign, e.dataAlign = r.uleb(), r.sleb()
	if version == 1 {
		e.returns = uint64(r.byte())
	} else {
		e.returns = r.uleb()
	}
	if version != 1 && version != 3 {
		return nil, errUnknown
	}
	for i, letter := range augmentation {
		switch {
		case letter == 'z' && i == 0:
			e.hasLength = true
			n := r.uleb()
			data := reader{rest: r.bytes(n), at: r.at - n}
			if err := e.augment(data, augmentation[1:]); err != nil {
				return nil, err
			}
		case e.hasLength:
		default:
			return nil, errUnknown
		}
	}
	e.initial = r
	if r.bad {
		return nil, errDamaged
	}
	return e, nil
}

// augment reads what the letters of a common entry's augmentation announce.
func (e *entry) augment(data reader, letters []byte) error {
	for _, letter := range letters {
		switch letter {
		case 'S':
			e.isSignal = true
		case 'B', 'G':
		case 'R':
			e.addresses = data.byte()
		case 'L':
			data.byte()
		case 'P': // the personality routine
			data.address(data.byte()&forms, 0)
		default:
			return errUnknown
		}
	}
	if data.bad {
		return errDamaged
	}
	return nil
}
