package sqlite

import (
	"bytes"
	"fmt"
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/tables"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// query writes a database and returns what SQLite's own program answers, after it has looked whether the file is whole.
func query(t *testing.T, f *File, queries ...string) string {
	t.Helper()
	tool := testkit.Tool(t, "sqlite3")
	path := filepath.Join(t.TempDir(), "x.sqlite")
	var out bytes.Buffer
	if err := f.Write(&out); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, out.Bytes(), 0o666); err != nil {
		t.Fatal(err)
	}
	answer, err := exec.Command(tool, "-batch", path, "PRAGMA integrity_check; "+strings.Join(queries, "; ")).CombinedOutput()
	if err != nil {
		t.Fatalf("%v: %s", err, answer)
	}
	text, ok := strings.CutPrefix(string(answer), "ok\n")
	if !ok {
		t.Fatalf("the database is damaged: %.1000s", answer)
	}
	return text
}

func TestSQLiteReadsTheTotalsOfAProfile(t *testing.T) {
	for name, p := range map[string]*profile.Profile{
		"sample": reporttest.Sample(), "held": reporttest.Held(), "over time": reporttest.Found(), "sampled": reporttest.Sampled(), "valgrind": reporttest.Foreign(t, "valgrind-heap.json"),
		"empty": {Mode: "heap", Frames: []profile.Frame{profile.Root}},
	} {
		t.Run(name, func(t *testing.T) {
			f, err := New(view.NewSource(p))
			if err != nil {
				t.Fatal(err)
			}
			frames := 0
			for i := range p.Points {
				frames += p.Points[i].Stack.Len()
			}
			sum := p.Totals()
			want := fmt.Sprintf("%d|%d|%d\n%d|%d\n%d\n", len(p.Points), sum.TotalBytes, sum.TotalBlocks, sum.TotalBytes, len(p.Points), frames)
			got := query(t, f, "SELECT count(*), coalesce(sum(total_bytes), 0), coalesce(sum(total_blocks), 0) FROM points",
				"SELECT coalesce(sum(total_bytes), 0), coalesce(sum(points), 0) FROM sites", "SELECT count(*) FROM stacks s JOIN frames f ON f.id = s.frame JOIN points p ON p.id = s.point")
			if got != want {
				t.Errorf("got\n%s\nwant\n%s", got, want)
			}
		})
	}
}

func TestQueriesFindASiteByItsName(t *testing.T) {
	f, err := New(view.NewSource(reporttest.Sample()))
	if err != nil {
		t.Fatal(err)
	}
	got := query(t, f, "SELECT name, line, peak_bytes FROM sites WHERE name LIKE 'Parser::read%' ORDER BY peak_bytes DESC", "PRAGMA user_version")
	want := "Parser::read(std::istream&)|40|2101248\nParser::read(std::istream&)|44|400000\n" + fmt.Sprintln(tables.Version)
	if got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

// table is a table of rows with one column besides the id.
func table(name string, n int, of func(i int) tables.Value) tables.Table {
	return tables.Table{Name: name, Columns: []string{"id", "value"}, Rows: func(yield func([]tables.Value) bool) {
		for i := range n {
			if !yield([]tables.Value{{Kind: tables.Integer, Integer: int64(i)}, of(i)}) {
				return
			}
		}
	}}
}

func TestTablesOfManyPagesAreWhole(t *testing.T) {
	text := func(size int) func(int) tables.Value {
		return func(i int) tables.Value {
			return tables.Value{Kind: tables.Text, Text: fmt.Sprintf("%07d", i) + strings.Repeat("x", size-7)}
		}
	}
	// A leaf has three rows of 5,000 bytes, and a page has 1,092 below it: there are three levels.
	var all []tables.Table
	var queries []string
	var want strings.Builder
	for i, c := range []struct{ rows, size int }{{0, 10}, {1, 10}, {3, 5000}, {4, 5000}, {3 * most, 5000}, {3*most + 1, 5000}, {5, pageSize}, {3, pageSize - 35 - 4}, {2, 300_000}} {
		name := fmt.Sprintf("t%d", i)
		all = append(all, table(name, c.rows, text(c.size)))
		queries = append(queries, "SELECT count(*), coalesce(sum(length(value)), 0), coalesce(sum(id), 0), coalesce(max(value LIKE '%x'), 1), coalesce(sum(substr(value, 1, 7)), 0) FROM "+name)
		sum := c.rows * (c.rows - 1) / 2
		fmt.Fprintf(&want, "%d|%d|%d|1|%d\n", c.rows, c.rows*c.size, sum, sum)
	}
	if got := query(t, &File{tables: all}, queries...); strings.ReplaceAll(got, ".0", "") != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
}

func TestNumbersOfAllSizesComeBack(t *testing.T) {
	numbers := []int64{0, 1, -1, 127, 128, -128, -129, 32767, 32768, 1<<23 - 1, 1 << 23, -1 << 23, 1<<31 - 1, 1 << 31, 1<<47 - 1, 1 << 47, -1 << 47, math.MaxInt64, math.MinInt64}
	var want strings.Builder
	for _, n := range numbers {
		fmt.Fprintln(&want, n)
	}
	fmt.Fprintf(&want, "real\nnull\n")
	got := query(t, &File{tables: []tables.Table{
		table("integers", len(numbers), func(i int) tables.Value { return tables.Value{Kind: tables.Integer, Integer: numbers[i]} }),
		table("others", 2, func(i int) tables.Value {
			return []tables.Value{{Kind: tables.Real, Real: 0.25}, {}}[i]
		}),
	}}, "SELECT value FROM integers ORDER BY id", "SELECT typeof(value) FROM others")
	if got != want.String() {
		t.Errorf("got\n%s\nwant\n%s", got, want.String())
	}
}

func TestVarintsAreAsLongAsTheyAreSaidToBe(t *testing.T) {
	for shift := range 64 {
		for _, n := range []uint64{1 << shift, 1<<shift - 1, ^uint64(0) >> shift} {
			if got := len(appendVarint(nil, n)); got != varintSize(n) || got > 9 {
				t.Errorf("%#x takes %d bytes, and is said to take %d", n, got, varintSize(n))
			}
		}
	}
}
