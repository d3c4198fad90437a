package text

import (
	"io"

	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
)

// Tests are the tests of a suite, and what was measured of each.
type Tests struct {
	Groups []TestGroup
	Left   string // what the column is called of what was left at a test's end
	Change bool   // there is a column of changes
}

// TestGroup is the tests of one program or package.
type TestGroup struct {
	Name  string // "": it needs none
	Tests []Test
}

// Test is a test, and what was measured of it.
type Test struct {
	Name     string
	Measured *TestAmounts // nil: nothing
	Change   string       // from the baseline
	Result   string       // in a word
	Bad      bool         // the result is one to see at once
}

// TestAmounts are what a test had of the heap.
type TestAmounts struct {
	Units                         human.Units
	TotalBytes, TotalBlocks, Peak uint64
	Left                          uint64 // bytes
}

// leastTest is how wide the names of tests are at least.
const leastTest = 16

// TestsOptions are how a table of tests is laid out.
type TestsOptions struct {
	Width int // columns that it may take; 0: no limit
	Color bool
}

// WriteTests writes a table of tests, a line each.
func WriteTests(w io.Writer, t *Tests, o TestsOptions) error {
	return tests(t, o).write(w)
}

func tests(t *Tests, o TestsOptions) *grid {
	p := palette{on: o.Color}
	header := []string{"allocated", "blocks", "peak", t.Left}
	if t.Change {
		header = append(header, "change")
	}
	g := &grid{header: append(header, "result", "test"), names: 2, spans: make(map[int]string)}
	for _, group := range t.Groups {
		if group.Name != "" {
			g.spans[len(g.rows)] = p.bold(group.Name)
			g.rows = append(g.rows, make([]string, len(g.header)))
		}
		for _, test := range group.Tests {
			cells := make([]string, 4, len(g.header))
			if m := test.Measured; m != nil {
				u := m.Units
				cells = append(cells[:0], u.Cell(m.TotalBytes), u.Count(m.TotalBlocks), u.Cell(m.Peak), u.Cell(m.Left))
			}
			if t.Change {
				cells = append(cells, test.Change)
			}
			result := test.Result
			if test.Bad && result != "" {
				result = p.more(result)
			}
			g.rows = append(g.rows, append(cells, result, test.Name))
		}
	}
	g.cutNames(o.Width)
	return g
}

// cutNames makes the last column fit into a width; 0: no limit.
func (g *grid) cutNames(width int) {
	if width == 0 {
		return
	}
	last := len(g.header) - 1
	taken := 0
	for i := range last {
		column := names.Width(g.header[i])
		for _, row := range g.rows {
			column = max(column, names.Width(row[i]))
		}
		taken += column + gap
	}
	for _, row := range g.rows {
		row[last] = names.CutMiddle(row[last], max(width-taken, leastTest))
	}
}
