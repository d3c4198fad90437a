package pprof

import (
	"math"
	"path"
	"strconv"
	"strings"

	"heapprof/internal/profile"
)

// build makes the profile of all that was read.
func (r *reader) build() (*profile.Profile, error) {
	types := make([]valueType, len(r.types))
	for i, t := range r.types {
		if err := r.texts(t, &types[i]); err != nil {
			return nil, err
		}
	}
	columns, err := columnsOf(types)
	if err != nil {
		return nil, err
	}
	var period valueType
	if err := r.texts(r.periodType, &period); err != nil {
		return nil, err
	}
	b := &builder{reader: r, columns: columns, p: &profile.Profile{
		Mode: "heap", Verb: "Allocated", Columns: columns.set(), Extra: columns.extra,
		Units:   profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s", HasByUnits: true},
		EndTime: uint64(max(int64(r.duration), 0)) / 1000,
		Frames:  []profile.Frame{profile.Root},
	}}
	if columns.at[copiedBytes] != 0 {
		b.p.Mode, b.p.Verb, b.p.Units.Blocks = profile.ModeCopy, "Copied", "copies"
	}
	// Where every block was recorded the period is 1.
	if scale := period.scale(); scale != 0 && r.period > 1 && r.period <= math.MaxInt64/scale {
		b.p.Sampling.MeanBytes = r.period * scale
	}
	if err := b.comments(); err != nil {
		return nil, err
	}
	if err := b.frames(); err != nil {
		return nil, err
	}
	if err := b.points(); err != nil {
		return nil, err
	}
	if b.hasTwins() {
		b.p.Normalize()
	}
	return b.p, nil
}

// texts sets the name and the unit that a pair refers to.
func (r *reader) texts(p pair, to *valueType) (err error) {
	if p == (pair{}) && len(r.tables.strings) == 0 {
		return nil
	}
	if to.name, err = r.tables.text(p.name); err == nil {
		to.unit, err = r.tables.text(p.unit)
	}
	return err
}

// builder makes a profile of what a reader has read.
type builder struct {
	*reader
	columns *columns
	p       *profile.Profile

	modules map[uint64]*profile.Module // by the file's number of the mapping
	places  [][]uint32                 // the frames of each location
	known   map[profile.Frame]uint32   // the index of each frame
	ofGo    bool                       // a frame is of Go's run-time system
	alike   bool                       // two locations, or two calls at one, are of one frame
	shared  sharedSamples
}

// comments takes what heapprof's own comments tell, and what is known of the program else.
func (b *builder) comments() error {
	own := map[string]string{}
	for _, c := range b.reader.comments {
		text, err := b.tables.text(c)
		if err != nil {
			return err
		}
		if name, value, ok := strings.Cut(text, ": "); ok {
			own[name] = value
		}
	}
	b.p.Command, b.p.Maker = own["command"], own["recorded by"]
	if pid, err := strconv.ParseInt(own["pid"], 10, 64); err == nil {
		b.p.PID = pid
	}
	// Others write such profiles of programs that run; one of heapprof's says so.
	_, moment := own["one moment"]
	b.p.RunsOn = moment || b.p.Maker == ""
	if b.p.Command == "" {
		file, err := b.tables.text(b.tables.mappings[b.tables.first].file)
		if err != nil && len(b.tables.mappings) > 0 {
			return err
		}
		b.p.Command = file
	}
	return nil
}

// frames makes the frames of all locations that samples refer to.
func (b *builder) frames() error {
	b.modules, b.known, b.shared = map[uint64]*profile.Module{}, map[profile.Frame]uint32{}, sharedSamples{}
	b.places = make([][]uint32, len(b.ids))
	for i, id := range b.ids {
		l, ok := b.tables.locations[id]
		if !ok {
			return profile.Formatf("is damaged: a sample refers to location %d, which there is not", id)
		}
		module, err := b.module(l.mapping)
		if err != nil {
			return err
		}
		if len(l.lines) == 0 {
			b.places[i] = []uint32{b.frame(profile.Frame{Addr: l.address, Module: module})}
			continue
		}
		for n, line := range l.lines {
			f := profile.Frame{Addr: l.address, Line: number(line.line), Column: number(line.column), Module: module, Inlined: n < len(l.lines)-1}
			if err := b.nameFrame(&f, line.function); err != nil {
				return err
			}
			b.places[i] = append(b.places[i], b.frame(f))
		}
	}
	if b.p.Maker == "" {
		b.p.Maker = b.maker()
	}
	return nil
}

// number returns a line's number; 0, which is none, for one that no file has.
func number(n uint64) int {
	if n > math.MaxInt32 {
		return 0
	}
	return int(n)
}

// nameFrame gives a frame the name and the file of a function.
func (b *builder) nameFrame(f *profile.Frame, id uint64) error {
	fn, ok := b.tables.functions[id]
	if !ok {
		if id == 0 {
			return nil
		}
		return profile.Formatf("is damaged: a location refers to function %d, which there is not", id)
	}
	var err error
	if f.Function, err = b.tables.text(fn.name); err != nil {
		return err
	}
	if f.Function == "" {
		if f.Function, err = b.tables.text(fn.systemName); err != nil {
			return err
		}
	}
	if f.File, err = b.tables.text(fn.file); err != nil {
		return err
	}
	b.ofGo = b.ofGo || strings.HasSuffix(f.File, ".go") && strings.HasPrefix(f.Function, "runtime.")
	if isNameless(f) {
		f.Function = ""
	}
	return nil
}

// isNameless reports whether what a frame is called is made of its file and its address, as tools do
// that have no name: "libc.so.6+0x1234", "0x1234".
func isNameless(f *profile.Frame) bool {
	if f.Addr == 0 || f.File != "" || f.Line != 0 {
		return false
	}
	place := f.Function
	if m := f.Module; m != nil {
		place = strings.TrimPrefix(place, path.Base(m.Path)+"+")
	}
	digits, ok := strings.CutPrefix(place, "0x")
	addr, err := strconv.ParseUint(digits, 16, 64)
	return ok && err == nil && (addr == f.Addr || f.Module != nil && addr == f.Addr-f.Module.Bias)
}

// frame returns the index of a frame in the table, to which it adds the frame if it is not there.
func (b *builder) frame(f profile.Frame) uint32 {
	n, ok := b.known[f]
	b.alike = b.alike || ok
	if !ok {
		n = uint32(len(b.p.Frames))
		b.known[f], b.p.Frames = n, append(b.p.Frames, f)
	}
	return n
}

// module returns the module that a mapping stands for; nil for none.
func (b *builder) module(id uint64) (*profile.Module, error) {
	m, ok := b.tables.mappings[id]
	if !ok {
		if id == 0 {
			return nil, nil
		}
		return nil, profile.Formatf("is damaged: a location refers to mapping %d, which there is not", id)
	}
	if module, ok := b.modules[id]; ok {
		return module, nil
	}
	path, err := b.tables.text(m.file)
	if err != nil {
		return nil, err
	}
	buildID, err := b.tables.text(m.buildID)
	if err != nil {
		return nil, err
	}
	var module *profile.Module
	if path != "" {
		module = &profile.Module{Path: path, BuildID: strings.ToLower(buildID), Start: m.start, End: m.limit}
		if m.limit != 0 {
			module.Bias, module.ByOffset = m.start-m.offset, true
		}
		b.p.Modules = append(b.p.Modules, module)
	}
	b.modules[id] = module
	return module, nil
}

// maker returns the tool that recorded, as far as the file tells.
func (b *builder) maker() string {
	if b.ofGo {
		return "Go"
	}
	return "pprof"
}
