package firefox

import (
	"bufio"
	"encoding/json"
	"io"
	"path"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/human"
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Version is the version of the processed format that Write writes: the first one whose threads share their tables
// of stacks and in which counters have words of their own. Firefox Profiler brings it up to its own.
const Version = 63

// File is a profile to be written for Firefox Profiler.
//
// Each metric of bytes that adds up over stacks is a thread of its own, whose native allocations are stacks with the
// bytes of the metric. What was allocated in all is spread over the run, as far as the profile has moments: what was
// allocated between two moments stands at the later one. Each thread of the program, where it is known which allocated
// through which stack, is a thread behind these, with what it allocated in all. The live bytes and the resident memory of the timeline are
// counters, and marks and the peak are markers of the first thread.
//
// A stack begins with its site, as in a report, inside of which is the type of the blocks, where that is known; its
// outer end is without what starts the program.
type File struct {
	profile *profile.Profile
	tables  *tables
	stacks  []int32 // of each point: its stack; -1 where it has none of the metrics
	metrics []view.Metric
	tick    float64 // milliseconds of the profile's time unit; 0 where that is no time
}

// New makes a File of a profile. It is an error where a sum is more than 64 bits hold.
func New(s *view.Source) (*File, error) {
	p := s.Profile
	if _, err := view.Total(p); err != nil {
		return nil, err
	}
	f := &File{profile: p, tables: newTables(s), stacks: make([]int32, len(p.Points))}
	for _, m := range flame.Metrics(p) {
		if m.Unit() == view.UnitBytes {
			f.metrics = append(f.metrics, m)
		}
	}
	// The names of markers stand among the strings, which are written before the markers are.
	f.tables.string("mark")
	f.tables.string("peak")
	if unit, ok := human.TimeUnit(p.Units.Time); ok {
		f.tick = float64(unit) / 1e6
	}
	for i := range p.Points {
		f.stacks[i] = -1
		for _, m := range f.metrics {
			if m.Value(&p.Points[i]) != 0 {
				f.stacks[i] = f.tables.stack(i)
				break
			}
		}
	}
	f.tables.stackOf = stackIndex{} // room for the rows: all stacks are there
	return f, nil
}

// milliseconds returns a time of the profile's as the format has it; 0 for one that is no time, such as a number of
// instructions.
func (f *File) milliseconds(t uint64) float64 { return float64(t) * f.tick }

// Write writes the file.
func (f *File) Write(w io.Writer) error {
	out := newWriter(w)
	out.open('{')
	out.value("meta", f.meta())
	out.value("libs", f.tables.libs)
	out.value("pages", []int{})
	out.name("counters")
	f.writeCounters(out)
	out.name("shared")
	f.tables.write(out)
	out.name("threads")
	out.open('[')
	for _, t := range f.tracks() {
		out.element()
		f.writeThread(out, &t)
	}
	out.close(']')
	out.close('}')
	out.text("\n")
	return out.flush()
}

// product is what the profile is called: the command line, or the program's name.
func (f *File) product() string {
	p := f.profile
	name := names.Printable(p.Command)
	if name == "" {
		name = f.process()
	}
	return strings.TrimSpace(name + " " + human.Part(p))
}

// process is what the program is called: the name of its file.
func (f *File) process() string {
	p := f.profile
	program, _, _ := strings.Cut(names.Printable(p.Command), " ")
	if p.Recording != nil && p.Recording.Program != "" {
		program = names.Printable(p.Recording.Program)
	}
	if program == "" {
		return "heap profile"
	}
	return path.Base(program)
}

// The indices of the categories. The first grey one is what the viewer takes by default.
const (
	otherCategory = iota
	ownCategory
	typeCategory
)

// interval is said to lie between two samples, in milliseconds. There are none: the viewer adds it to the last time where it is
// told no range.
const interval = 1

// markSchema is the type of the markers.
const markSchema = "heapprof"

func (f *File) meta() map[string]any {
	p := f.profile
	category := func(name, color string) any {
		return map[string]any{"name": name, "color": color, "subcategories": []string{"Other"}}
	}
	m := map[string]any{
		"version": 33, "preprocessedProfileVersion": Version, "interval": interval, "processType": 0, "stackwalk": 1, "debug": false,
		"startTime": 0, "product": f.product(), "importedFrom": "heapprof", "symbolicated": true, "symbolicationNotSupported": true,
		"usesOnlyOneStackType": true, "sourceCodeIsNotOnSearchfox": true, "extensions": map[string]any{"baseURL": []int{}, "id": []int{}, "name": []int{}, "length": 0},
		"categories":  []any{category("Other code", "grey"), category("The program's own code", "blue"), category("Types of blocks", "green")},
		"sampleUnits": map[string]string{"time": "ms", "eventDelay": "ms", "threadCPUDelta": "ns"},
		"markerSchema": []any{map[string]any{
			"name": markSchema, "display": []string{"marker-chart", "marker-table", "timeline-overview"},
			"chartLabel": "{marker.data.name}", "tooltipLabel": "{marker.data.name}", "tableLabel": "{marker.data.name}",
			"fields": []any{map[string]any{"key": "name", "label": "Name", "format": "string"}},
		}},
		"extra": []any{map[string]any{"label": "Recording", "entries": f.facts()}},
	}
	if r := p.Recording; r != nil && !r.Start.IsZero() {
		m["startTime"] = float64(r.Start.UnixMicro()) / 1e3
	}
	if end := f.milliseconds(p.EndTime); end > 0 {
		// The viewer leaves out what is at the end of its range or later, and what lives at the end is there.
		m["profilingStartTime"], m["profilingEndTime"] = 0, end+interval
	}
	return m
}

// facts are lines about the recording, which the viewer shows with the profile's information.
func (f *File) facts() []any {
	p := f.profile
	var all []any
	add := func(label, text string) {
		if text != "" {
			all = append(all, map[string]any{"label": label, "format": "string", "value": text})
		}
	}
	add("Command", names.Printable(p.Command))
	if p.PID != 0 {
		add("Process", strconv.FormatInt(p.PID, 10))
	}
	if r := p.Recording; r != nil {
		add("Host", names.Printable(r.Host))
	}
	if n := p.Sampling.MeanBytes; n != 0 {
		add("Estimates", "from one block in each "+human.Bytes(n)+" allocated")
	}
	if f.tick == 0 && p.EndTime > 0 {
		add("Time", "not in this file: the profile counts "+names.Printable(p.Units.Time))
	}
	return all
}

// writer writes JSON piece by piece, as the tables are most of the file.
type writer struct {
	*bufio.Writer
	first bool // nothing stands yet in the object or array that is open
	err   error
}

func newWriter(w io.Writer) *writer {
	return &writer{Writer: bufio.NewWriterSize(w, 64<<10), first: true}
}

func (w *writer) text(s string) { w.WriteString(s) }

func (w *writer) open(bracket byte)  { w.WriteByte(bracket); w.first = true }
func (w *writer) close(bracket byte) { w.WriteByte(bracket); w.first = false }

// element begins an element of the array that is open.
func (w *writer) element() {
	if !w.first {
		w.text(",\n")
	}
	w.first = false
}

// name begins a field of the object that is open.
func (w *writer) name(name string) {
	w.element()
	w.text(strconv.Quote(name) + ":")
}

// value writes a field.
func (w *writer) value(name string, v any) {
	w.name(name)
	text, err := json.Marshal(v)
	if err != nil && w.err == nil {
		w.err = err
	}
	w.Write(text)
	w.first = false
}

func (w *writer) flush() error {
	if w.err != nil {
		return w.err
	}
	return w.Flush()
}

// column writes a field with an array of so many elements, each of which write appends.
func (w *writer) column(name string, n int, write func(to []byte, i int) []byte) {
	w.name(name)
	w.text("[")
	for i := range n {
		if i > 0 {
			w.text(",")
		}
		w.Write(write(w.AvailableBuffer(), i))
	}
	w.text("]")
	w.first = false
}

// same is a column of so many elements that are all the same text.
func (w *writer) same(name string, n int, text string) {
	w.column(name, n, func(to []byte, _ int) []byte { return append(to, text...) })
}

// numbers is a column of numbers; where below is not "" it stands for those that are negative.
func (w *writer) numbers(name string, all []int32, below string) {
	w.column(name, len(all), func(to []byte, i int) []byte {
		if all[i] < 0 && below != "" {
			return append(to, below...)
		}
		return strconv.AppendInt(to, int64(all[i]), 10)
	})
}

// title is what a thread of a metric is called.
func (f *File) title(m view.Metric) string { return label.Title(f.profile, m) }
