package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
	"math"
)

// pages writes the pages of a file one behind the other.
type pages struct {
	w     io.Writer
	next  uint32 // number of the next page; the file's first one is 1
	empty []byte
}

func newPages(w io.Writer, next uint32) *pages {
	return &pages{w: w, next: next, empty: make([]byte, pageSize)}
}

// number returns the number of the next page that is written.
func (p *pages) number() uint32 {
	if p.next == lockPage {
		return p.next + 1
	}
	return p.next
}

// write writes a page and returns its number.
func (p *pages) write(page []byte) (uint32, error) {
	if p.next == lockPage {
		if _, err := p.w.Write(p.empty); err != nil {
			return 0, err
		}
		p.next++
	}
	if p.next == math.MaxUint32-1 {
		return 0, fmt.Errorf("the profile needs more than %d pages, which is as much as a database of SQLite has", p.next)
	}
	_, err := p.w.Write(page)
	p.next++
	return p.next - 1, err
}

// The kinds of pages of a table's tree.
const (
	interiorPage = 0x05
	leafPage     = 0x0d
)

// leaf is a page of rows. Its cells are filled in from the end.
type leaf struct {
	page    []byte
	at      int // where the page's own header begins
	cells   int
	content int // where the last cell begins
}

const (
	leafHeader     = 8
	interiorHeader = 12
	pointer        = 2 // to a cell, in the page's list of them
)

func newLeaf(page []byte, at int) *leaf { return &leaf{page: page, at: at, content: len(page)} }

// maxLocal is the longest payload that is on the row's page as a whole; of a longer one minLocal bytes are at least.
const (
	maxLocal = pageSize - 35
	minLocal = (pageSize-12)*32/255 - 23
)

// local returns how much of a payload is on the row's page; the rest is on pages of its own.
func local(payload int) int {
	if payload <= maxLocal {
		return payload
	}
	if n := minLocal + (payload-minLocal)%(pageSize-4); n <= maxLocal {
		return n
	}
	return minLocal
}

// fits reports whether there is room for a payload of so many bytes.
func (l *leaf) fits(payload int, row int64) bool {
	n := local(payload)
	size := varintSize(uint64(payload)) + varintSize(uint64(row)) + n
	if n < payload {
		size += 4
	}
	return l.at+leafHeader+pointer*(l.cells+1)+size <= l.content
}

// add adds a row, of whose payload the first bytes are here; the rest, if there is any, begins on the page overflow.
func (l *leaf) add(row int64, here []byte, payload int, overflow uint32) {
	var cell [18]byte
	head := appendVarint(appendVarint(cell[:0], uint64(payload)), uint64(row))
	end := l.content
	if overflow != 0 {
		end -= 4
		binary.BigEndian.PutUint32(l.page[end:], overflow)
	}
	l.content = end - len(here) - len(head)
	copy(l.page[l.content:], head)
	copy(l.page[l.content+len(head):], here)
	binary.BigEndian.PutUint16(l.page[l.at+leafHeader+pointer*l.cells:], uint16(l.content))
	l.cells++
}

// close fills in the page's header.
func (l *leaf) close() {
	l.page[l.at] = leafPage
	binary.BigEndian.PutUint16(l.page[l.at+3:], uint16(l.cells))
	binary.BigEndian.PutUint16(l.page[l.at+5:], uint16(l.content))
}

// child is a page below another, and the number of the last row in or below it.
type child struct {
	page uint32
	last int64
}

// tree writes the pages of one table, whose rows come in the order of their numbers.
type tree struct {
	pages *pages
	leaf  *leaf
	last  int64     // row that was added
	above [][]child // pages that have none above them yet, by how far they are from the leaves
	rest  []byte
}

func newTree(p *pages) *tree { return &tree{pages: p, leaf: newLeaf(make([]byte, pageSize), 0)} }

// add adds a row.
func (t *tree) add(row int64, payload []byte) error {
	if !t.leaf.fits(len(payload), row) {
		if err := t.flushLeaf(); err != nil {
			return err
		}
	}
	here := local(len(payload))
	overflow, err := t.overflow(payload[here:])
	if err != nil {
		return err
	}
	t.leaf.add(row, payload[:here], len(payload), overflow)
	t.last = row
	return nil
}

// overflow writes the rest of a payload on pages of its own, and returns the first one; 0 where there is none.
func (t *tree) overflow(rest []byte) (first uint32, err error) {
	if len(rest) == 0 {
		return 0, nil
	}
	first = t.pages.number()
	if t.rest == nil {
		t.rest = make([]byte, pageSize)
	}
	for len(rest) > 0 {
		clear(t.rest)
		n := copy(t.rest[4:], rest)
		if rest = rest[n:]; len(rest) > 0 {
			following := t.pages.number() + 1
			if following == lockPage {
				following++
			}
			binary.BigEndian.PutUint32(t.rest, following)
		}
		if _, err := t.pages.write(t.rest); err != nil {
			return 0, err
		}
	}
	return first, nil
}

// flushLeaf writes the leaf and begins a new one.
func (t *tree) flushLeaf() error {
	t.leaf.close()
	number, err := t.pages.write(t.leaf.page)
	if err != nil {
		return err
	}
	clear(t.leaf.page)
	t.leaf = newLeaf(t.leaf.page, 0)
	return t.put(0, child{number, t.last})
}

// most is how many pages one can have below it, whatever their numbers take.
const most = (pageSize-interiorHeader)/(4+9+pointer) + 1

// put puts a page below one of the given level.
func (t *tree) put(level int, c child) error {
	if level == len(t.above) {
		t.above = append(t.above, make([]child, 0, most))
	}
	if len(t.above[level]) == most {
		// One page waits for the new one: a page has two below it at least.
		if err := t.flush(level, most-1); err != nil {
			return err
		}
	}
	t.above[level] = append(t.above[level], c)
	return nil
}

// flush writes a page with the first n pages of a level below it.
func (t *tree) flush(level, n int) error {
	all := t.above[level]
	page := make([]byte, pageSize)
	page[0] = interiorPage
	content := pageSize
	for i, c := range all[:n-1] {
		var cell [13]byte
		text := appendVarint(binary.BigEndian.AppendUint32(cell[:0], c.page), uint64(c.last))
		content -= len(text)
		copy(page[content:], text)
		binary.BigEndian.PutUint16(page[interiorHeader+pointer*i:], uint16(content))
	}
	binary.BigEndian.PutUint16(page[3:], uint16(n-1))
	binary.BigEndian.PutUint16(page[5:], uint16(content))
	binary.BigEndian.PutUint32(page[8:], all[n-1].page)
	number, err := t.pages.write(page)
	if err != nil {
		return err
	}
	last := all[n-1].last
	t.above[level] = append(all[:0], all[n:]...)
	return t.put(level+1, child{number, last})
}

// finish writes what is left and returns the page at which the tree begins.
func (t *tree) finish() (root uint32, err error) {
	if t.leaf.cells > 0 || len(t.above) == 0 {
		if err := t.flushLeaf(); err != nil {
			return 0, err
		}
	}
	for level := 0; ; level++ {
		if level == len(t.above)-1 && len(t.above[level]) == 1 {
			return t.above[level][0].page, nil
		}
		if err := t.flush(level, len(t.above[level])); err != nil {
			return 0, err
		}
	}
}
