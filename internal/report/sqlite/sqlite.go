// Package sqlite writes profiles as databases of SQLite. It imports tables and view.
//
// The file format is described by https://www.sqlite.org/fileformat2.html. It is written here, and by no library, as a
// library is a translation of SQLite with its C library: that makes heapprof a fifth larger, writes to
// files with names alone, and here is nothing to do but to put rows one behind the other.
package sqlite

import (
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"heapprof/internal/report/tables"
	"heapprof/internal/report/view"
)

// File is a profile to be written as a database: its tables, and the view "sites".
type File struct {
	tables []tables.Table
	views  []string // the statements that make them, by which they are stored
}

// New makes a File of a profile. Its errors are those of tables.Of.
func New(s *view.Source) (*File, error) {
	all, err := tables.Of(s, tables.Options{})
	if err != nil {
		return nil, err
	}
	return &File{all, []string{sitesView}}, nil
}

// sitesView adds up the points of each site and type, as a report does.
const sitesView = `CREATE VIEW sites AS SELECT f.name AS name, f.file AS file, f.line AS line, p.type AS type, count(*) AS points,` +
	` sum(p.total_bytes) AS total_bytes, sum(p.total_blocks) AS total_blocks, sum(p.peak_bytes) AS peak_bytes, sum(p.peak_blocks) AS peak_blocks,` +
	` sum(p.end_bytes) AS end_bytes, sum(p.end_blocks) AS end_blocks` +
	` FROM points p LEFT JOIN frames f ON f.id = p.site GROUP BY f.name, f.file, f.line, p.type`

// Numbers of the file format.
const (
	// pageSize is large enough for all statements on the first page.
	pageSize   = 16 << 10
	headerSize = 100
	// sqliteVersion is said to have written the file: 3.8.0, the first one with all of the format that is used.
	sqliteVersion = 3008000
	// lockPage is where SQLite locks its files, at 1 GiB. Nothing is stored there.
	lockPage = 1<<30/pageSize + 1
)

// Write writes the database. The first page tells where each table begins, and is written before them: all is
// gone through twice, first to count pages.
func (f *File) Write(w io.Writer) error {
	roots := make([]uint32, len(f.tables))
	pages := newPages(io.Discard, 2)
	if err := f.writeTables(pages, roots); err != nil {
		return err
	}
	first, err := f.firstPage(roots, pages.next-1)
	if err != nil {
		return err
	}
	if _, err := w.Write(first); err != nil {
		return err
	}
	return f.writeTables(newPages(w, 2), roots)
}

func (f *File) writeTables(pages *pages, roots []uint32) error {
	for i, t := range f.tables {
		hasID := t.Columns[0] == "id"
		b := newTree(pages)
		var record record
		row := int64(0)
		for values := range t.Rows {
			id := row + 1
			if hasID {
				id = row // the column is the number by which SQLite knows the row
			}
			if err := b.add(id, record.encode(values, hasID)); err != nil {
				return err
			}
			row++
		}
		root, err := b.finish()
		if err != nil {
			return err
		}
		roots[i] = root
	}
	return nil
}

// statement returns what makes a table.
func statement(t *tables.Table) string {
	columns := make([]string, len(t.Columns))
	for i, name := range t.Columns {
		columns[i] = name
		if name == "id" {
			columns[i] = "id INTEGER PRIMARY KEY"
		}
	}
	return "CREATE TABLE " + t.Name + "(" + strings.Join(columns, ", ") + ")"
}

// firstPage returns the page with the file's header and the table of tables, of a file of so many pages.
func (f *File) firstPage(roots []uint32, count uint32) ([]byte, error) {
	page := make([]byte, pageSize)
	copy(page, "SQLite format 3\x00")
	binary.BigEndian.PutUint16(page[16:], pageSize)
	page[18], page[19] = 1, 1                             // versions to write and to read: no write-ahead log
	page[21], page[22], page[23] = 64, 32, 32             // fractions of payloads, which are always these
	binary.BigEndian.PutUint32(page[24:], 1)              // the counter of changes
	binary.BigEndian.PutUint32(page[28:], count)          // pages of the file
	binary.BigEndian.PutUint32(page[40:], 1)              // the counter of changes to tables
	binary.BigEndian.PutUint32(page[44:], 4)              // of the format of tables
	binary.BigEndian.PutUint32(page[56:], 1)              // UTF-8
	binary.BigEndian.PutUint32(page[60:], tables.Version) // the version of the user, by PRAGMA user_version
	binary.BigEndian.PutUint32(page[92:], 1)              // for which counter of changes the count of pages is right
	binary.BigEndian.PutUint32(page[96:], sqliteVersion)  // who wrote it

	leaf := newLeaf(page, headerSize)
	var record record
	add := func(kind, name string, root uint32, statement string) error {
		text := func(s string) tables.Value { return tables.Value{Kind: tables.Text, Text: s} }
		payload := record.encode([]tables.Value{text(kind), text(name), text(name), {Kind: tables.Integer, Integer: int64(root)}, text(statement)}, false)
		if !leaf.fits(len(payload), int64(leaf.cells+1)) {
			return fmt.Errorf("the statements of %d tables do not fit a page", len(f.tables))
		}
		leaf.add(int64(leaf.cells+1), payload, len(payload), 0)
		return nil
	}
	for i := range f.tables {
		if err := add("table", f.tables[i].Name, roots[i], statement(&f.tables[i])); err != nil {
			return nil, err
		}
	}
	for _, v := range f.views {
		if err := add("view", strings.Fields(v)[2], 0, v); err != nil {
			return nil, err
		}
	}
	leaf.close()
	return page, nil
}
