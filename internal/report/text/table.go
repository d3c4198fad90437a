package text

import (
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Options are how a view is laid out for a terminal.
type Options struct {
	Width  int    // columns that a line may take; 0: no limit
	Color  bool   // colour may be used
	Head   []Fact // what is said above the table
	Items  []Item // what is said below Head, under Title
	Title  string
	Remark func(*view.Row) Remark // what is said beside a row's name; nil: nothing
}

// Remark is what is said beside a row's name. The zero value is nothing.
type Remark struct {
	Text  string
	Short string  // the same in a word, where there is little room
	Below []Below // lines of their own below the row
}

// Below is a line below a row: a text, which ends in a function and its place, if it has such.
type Below struct{ Text, Function, Place string }

// in returns the line in a width, to which the function's name gives way; 0: no limit.
func (b Below) in(width int) string {
	if b.Function == "" {
		return b.Text
	}
	return label.Drop{Verb: b.Text, Function: b.Function, Place: b.Place}.Where(width)
}

// FreeWidth is how wide names may get where nothing limits the line, as in a pipe:
// enough for nearly all, and C++ has names of a thousand letters.
const FreeWidth = 120

// Report writes a report for people: what is said of it, then its table.
func Report(w io.Writer, r *view.Report, o Options) error {
	t := &table{view: &r.View, report: r, columns: r.Columns(), always: r.Essential(), remark: o.Remark, palette: palette{on: o.Color}}
	return t.write(w, o)
}

// Diff writes a diff for people.
func Diff(w io.Writer, d *view.Diff, o Options) error {
	t := &table{view: &d.View, diff: d, columns: d.Columns(), always: d.Essential(), remark: o.Remark, palette: palette{on: o.Color}}
	return t.write(w, o)
}

// marginWidth is how wide a margin gets: "3 samples".
const marginWidth = 9

// Sites lists a report's rows below a title, with no more than the metric and its share.
func Sites(w io.Writer, r *view.Report, title string, o Options) error {
	t := &table{view: &r.View, report: r, remark: o.Remark, palette: palette{on: o.Color}, flat: true}
	if _, err := fmt.Fprintf(w, "\n%s\n", t.palette.bold(title)); err != nil {
		return err
	}
	width := o.Width
	if width <= 0 {
		width = FreeWidth
	}
	types := t.typeColumn(o.Width)
	for _, row := range r.Rows {
		size := valueText(r.Units, r.Metric, &row.Sums)
		share := r.Units.Percent(row.Sums.Get(r.Metric), r.Total.Sums.Get(r.Metric))
		numbers := fmt.Sprintf("  %10s  ", size)
		if r.HasMargins(r.Metric) {
			numbers += fmt.Sprintf("%*s  ", marginWidth, marginText(r.Metric, &row.Sums))
		}
		numbers += fmt.Sprintf("%6s  ", share)
		if types > 0 {
			typ := line{row: row}.typeCell(types)
			numbers += typ + strings.Repeat(" ", types-names.Width(typ)+gap)
		}
		if _, err := fmt.Fprintf(w, "%s%s\n", numbers, t.nameCell(line{row: row, at: row.Site, about: row}, width-names.Width(numbers))); err != nil {
			return err
		}
	}
	return nil
}

// table lays out the rows of a view.
type table struct {
	view    *view.View
	report  *view.Report // nil: of a diff
	diff    *view.Diff   // nil: of a report
	columns []view.Column
	always  int // how many of the first columns are shown, however narrow the terminal is
	remark  func(*view.Row) Remark
	palette palette
	inline  bool // types stand beside the names
	flat    bool // nothing stands below a row
	guides  int  // columns of the deepest row's guides: see branches
}

func (t *table) write(w io.Writer, o Options) error {
	if err := Facts(w, o.Head, o.Width, o.Color); err != nil {
		return err
	}
	if err := Items(w, o); err != nil {
		return err
	}
	if _, err := fmt.Fprintln(w); err != nil {
		return err
	}
	if len(t.view.Rows) == 0 {
		nothing := "nothing was recorded"
		if t.view.Units.Estimated {
			nothing = "no block was sampled"
		}
		if t.view.IsPart() {
			nothing = "nothing was allocated"
		}
		_, err := fmt.Fprintln(w, nothing)
		return err
	}
	lines := t.lines()
	for _, l := range lines {
		t.guides = max(t.guides, utf8.RuneCountInString(l.prefix))
	}
	g := &grid{header: t.header(), names: 1}
	widths := make([]int, len(t.columns))
	for c := range widths {
		widths[c] = names.Width(g.header[c])
	}
	for _, l := range lines {
		cells := make([]string, len(t.columns), len(t.columns)+2)
		g.rows = append(g.rows, cells)
		if l.row == nil {
			continue
		}
		for c, col := range t.columns {
			cells[c] = t.cell(col, l.row)
			widths[c] = max(widths[c], names.Width(cells[c]))
		}
	}
	types := t.typeColumn(o.Width)
	shown, nameWidth := t.fit(widths, o.Width, types)
	if types > 0 && (shown < t.beforeTypes() || o.Width > 0 && nameWidth < leastNames) {
		// Types that would cost such numbers stand beside the names.
		t.inline, types = true, 0
		shown, nameWidth = t.fit(widths, o.Width, types)
	}
	g.header = g.header[:shown]
	if types > 0 {
		g.header = append(g.header, t.palette.bold("type"))
		g.names++
	}
	g.header = append(g.header, t.palette.bold(t.nameTitle()))
	t.fill(g, lines, widths[:shown], types, nameWidth)
	return g.write(w)
}

// fill puts the names of lines beside their numbers, and what stands below them.
func (t *table) fill(g *grid, lines []line, widths []int, types, nameWidth int) {
	start := types
	if types > 0 {
		start += gap
	}
	for _, w := range widths {
		start += w + gap
	}
	rows := g.rows
	g.rows = make([][]string, 0, len(rows))
	for i, l := range lines {
		if l.source != nil {
			t.addSource(g, l.source, nameWidth, start)
			continue
		}
		if l.note != nil && strings.TrimSpace(l.prefix) == "" {
			width := start + nameWidth - belowIndent
			g.addBelow(names.CutMiddle(l.note.in(width), width), nameWidth, start, t.palette.dim)
			continue
		}
		cells := rows[i][:len(widths)]
		if l.row != nil && l.row.Kind == view.Whole {
			for c := range cells {
				cells[c] = t.palette.bold(cells[c])
			}
		}
		if types > 0 {
			cells = append(cells, l.typeCell(types))
		}
		g.rows = append(g.rows, append(cells, t.nameCell(l, nameWidth)))
	}
}

// header returns the titles of the columns of numbers.
func (t *table) header() []string {
	titles := make([]string, len(t.columns), len(t.columns)+2)
	for i, c := range t.columns {
		titles[i] = t.palette.bold(t.title(c))
	}
	return titles
}

// beforeTypes returns how many of the first columns are worth more than a column of types: of
// a diff both values and the change.
func (t *table) beforeTypes() int {
	if t.diff != nil {
		return 4
	}
	return t.always
}

// gap is how many spaces are between two columns, and spaces are they.
const (
	gap    = 2
	spaces = "  "
)

// leastNames is how wide the names are at least where columns can give way to them.
const leastNames = 28

// fit returns how many of the columns fit into the width beside types and names that can
// still be read, and how wide the names may be. The first columns, as many as
// always, are shown in any width.
func (t *table) fit(widths []int, width, types int) (shown, nameWidth int) {
	if width <= 0 {
		return len(widths), FreeWidth
	}
	least := min(max(width*2/5, leastNames), 60)
	if t.view.Options.Tree {
		least = min(max(width*13/20, leastNames), 80) // guides take some of it
	}
	if t.isByType() {
		least = min(max(width*11/20, leastNames), 80) // it is two names: of the type, and of where it comes from
	}
	room := width
	if types > 0 {
		room -= types + gap
	}
	for i, w := range widths {
		if i >= t.always && room-w-gap < least {
			break
		}
		room -= w + gap
		shown = i + 1
	}
	return shown, max(room, 16)
}

// nameCell returns the last column of a line: branches, name, place, and what is remarked.
func (t *table) nameCell(l line, width int) string {
	p := t.palette
	l.prefix = branches(l.prefix, t.guides, width)
	if l.note != nil {
		width = max(width-names.Width(l.prefix), 16)
		return p.dim(l.prefix + names.CutMiddle(l.note.in(width), width))
	}
	if about := t.remarkOf(l); about.Text != "" {
		// The name needs most of the room; where there is little, a word must do.
		text := about.Text
		if names.Width(text) > width/2 {
			text = about.Short
		}
		l.about = nil
		return t.nameCell(l, width-gap-names.Width(text)) + spaces + p.dim(text)
	}
	width = max(width-names.Width(l.prefix), 16)
	if l.row != nil && l.row.Kind == view.Line {
		return t.lineCell(l, width)
	}
	if l.row != nil && l.row.Kind != view.Entry {
		name := label.Name(t.view, l.row)
		if l.row.Kind == view.Whole {
			return p.bold(name)
		}
		return p.dim(l.prefix) + p.dim(names.CutMiddle(name, width))
	}
	if t.isByType() {
		return t.typeLine(l.row, width)
	}
	name, place, via := t.name(l)
	if t.flat {
		if lines := t.view.ShownLines(l.row); len(lines) > 0 {
			place = places(lines)
		}
	}
	beside := choose(width-gap-names.Width(name), t.inlineType(l), place, via)
	shorten := names.Shorten
	if l.folded != nil {
		shorten = l.folded.names
		beside = choose(width-gap-names.Width(shorten(name, width)), t.inlineType(l), place, via)
	}
	if beside == "" {
		return p.dim(l.prefix) + shorten(name, width)
	}
	// A file and its line stay, if they take no more than half of the room; a
	// caller's name gives way to the site's.
	least := width / 2
	if l.row != nil && l.row.Caller != "" {
		least = width / 3
	}
	room := max(least, width-gap-names.Width(name))
	if d, ok := t.drop(l); ok {
		// A type gives up all of its arguments at once, which leaves more room.
		room = max(room, width-gap-names.Width(shorten(name, width-gap-room)))
		beside = d.Where(room)
	}
	beside = names.CutMiddle(beside, room)
	return p.dim(l.prefix) + shorten(name, width-names.Width(beside)-gap) + spaces + p.dim(beside)
}

// choose returns what stands beside a name, in width columns where that is possible: the type,
// the place, and what it went through. Where there is not the room for all, the place gives way.
func choose(width int, typ, place, via string) string {
	all := join(typ, place, via)
	if rest := join(typ, via); rest != "" && names.Width(all) > width {
		return rest
	}
	return all
}

func join(parts ...string) string {
	return strings.Join(slices.DeleteFunc(parts, func(s string) bool { return s == "" }), spaces)
}

// remarkOf returns what is to be remarked of a line.
func (t *table) remarkOf(l line) Remark {
	if l.about == nil || t.remark == nil {
		return Remark{}
	}
	return t.remark(l.about)
}

// nameTitle returns what stands above the names.
func (t *table) nameTitle() string {
	o := t.view.Options
	switch {
	case o.WhoFrees:
		return o.By.String() + ", where its blocks were freed below"
	case o.Tree && o.By == view.ByDrop:
		return "dropped, what it held below"
	case o.By == view.ByDrop:
		return "dropped"
	case o.Tree && o.BottomUp:
		return o.By.String() + ", its callers below"
	case o.Tree:
		return "callers first"
	}
	return o.By.String()
}
