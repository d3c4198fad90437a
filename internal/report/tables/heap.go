package tables

import (
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
)

// profile is the table of what is known of all.
func (b *builder) profile() Table {
	columns := []string{
		"tables_version", "maker", "mode", "command", "pid", "program", "host", "started", "exit_code", "signal",
		"unit", "blocks_unit", "time_unit", "peak_time", "end_time", "sampled_bytes", "exact_bytes", "exact_blocks", "anonymous_peak_bytes",
	}
	return rows("profile", columns, 1, func(row []Value, _ int) []Value {
		p, u := b.Profile, human.UnitsOf(b.Profile)
		r := p.Recording
		if r == nil {
			r = &profile.Recording{}
		}
		started := Value{}
		if !r.Start.IsZero() {
			started = text(r.Start.UTC().Format(time.RFC3339Nano))
		}
		ended := p.Recording != nil && r.Dump == nil
		return append(row,
			integer(Version), text(p.Maker), text(p.Mode), text(p.Command), known(uint64(max(p.PID, 0))), text(r.Program), text(r.Host), started,
			measured(uint64(int64(r.ExitCode)), ended && r.Signal == 0 && r.ExitCode >= 0), known(uint64(max(r.Signal, 0))),
			text(u.Many), text(u.BlockName), text(p.Units.Time), measured(p.PeakTime, p.Columns.Has(profile.Peak) && p.EndTime > 0), known(p.EndTime),
			known(p.Sampling.MeanBytes), measured(p.Sampling.ExactBytes, p.Sampling.HasTotals()), known(p.Sampling.ExactBlocks), known(r.AnonymousPeak),
		)
	})
}

// column is one of points that is a metric of theirs.
type column struct {
	name   string
	metric view.Metric
}

// columns are the metrics of points. Names have underscores, so that no query needs quotes.
func columns() []column {
	return []column{
		{"total_bytes", view.TotalBytes}, {"total_blocks", view.TotalBlocks}, {"peak_bytes", view.PeakBytes}, {"peak_blocks", view.PeakBlocks},
		{"end_bytes", view.EndBytes}, {"end_blocks", view.EndBlocks}, {"max_bytes", view.MaxBytes}, {"max_blocks", view.MaxBlocks},
		{"lost_bytes", view.LostBytes}, {"lost_blocks", view.LostBlocks}, {"lifetime_sum", view.Lifetime}, {"temporary_blocks", view.TemporaryBlocks},
	}
}

// points is the table of stacks with what was allocated through them.
func (b *builder) points(o Options) Table {
	names := []string{"id", "site", "type"}
	metrics := columns()
	for _, c := range metrics {
		names = append(names, c.name)
	}
	names = append(names, "reallocs", "read_bytes", "written_bytes", "total_samples", "peak_samples", "end_samples", "total_bytes_margin", "peak_bytes_margin", "end_bytes_margin")
	if o.Lists {
		names = append(names, "stack")
	}
	p := b.Profile
	has := make([]bool, len(metrics))
	for i, c := range metrics {
		has[i] = c.metric.Has(p)
	}
	var buffer []uint32
	return rows("points", names, len(p.Points), func(row []Value, i int) []Value {
		pt := &p.Points[i]
		site := -1
		if at := b.Frames.Site(pt.Stack.Into(&buffer), false); at >= 0 {
			site = int(pt.Stack.At(at))
		}
		row = append(row, number(uint64(i)), index(site), text(b.Types.Of(i).Name))
		for j, c := range metrics {
			row = append(row, measured(c.metric.Value(pt), has[j]))
		}
		row = append(row, measured(pt.Rest().Reallocs, p.Columns.Has(profile.Reallocs)), measured(pt.Rest().ReadBytes, p.Columns.Has(profile.Accesses)), measured(pt.Rest().WrittenBytes, p.Columns.Has(profile.Accesses)))
		if s := pt.Samples; s != nil {
			row = append(row, number(s.Total.Blocks), number(s.Peak.Blocks), number(s.End.Blocks), real(s.Total.BytesMargin()), real(s.Peak.BytesMargin()), real(s.End.BytesMargin()))
		} else {
			row = append(row, Value{}, Value{}, Value{}, Value{}, Value{}, Value{})
		}
		if o.Lists {
			row = append(row, Value{Kind: List, List: pt.Stack.Frames()})
		}
		return row
	})
}

func real(f float64) Value { return Value{Kind: Real, Real: f} }

// stacks is the table of the frames of each point's stack. The innermost has the depth 0.
func (b *builder) stacks() Table {
	return within("stacks", []string{"point", "depth", "frame"}, len(b.Profile.Points), func(row []Value, i int, yield func([]Value) bool) bool {
		for depth, f := range b.Profile.Points[i].Stack.All() {
			if !yield(append(row[:0], integer(int64(i)), integer(int64(depth)), integer(int64(f)))) {
				return false
			}
		}
		return true
	})
}

// frames is the table of functions at a place of their source. The first one, the root, is in no stack.
func (b *builder) frames() Table {
	columns := []string{"id", "name", "function", "file", "line", "source_column", "module", "address", "module_offset", "inlined", "language", "crate", "own", "plumbing", "marker"}
	return rows("frames", columns, len(b.Profile.Frames), func(row []Value, i int) []Value {
		d, f := &b.Profile.Frames[i], b.Frames.Frame(uint32(i))
		return append(row,
			number(uint64(i)), text(f.Name()), text(d.Function), text(d.File), known(uint64(max(d.Line, 0))), known(uint64(max(d.Column, 0))), index(b.moduleOf[d.Module]),
			known(d.Addr), measured(f.Offset, f.HasOffset), flag(d.Inlined), text(d.Language.String()), text(f.Crate.Name), flag(f.Own), flag(f.Plumbing), flag(f.Marker),
		)
	})
}

func (b *builder) modules() Table {
	return rows("modules", []string{"id", "path", "build_id", "start_address", "end_address", "bias"}, len(b.Profile.Modules), func(row []Value, i int) []Value {
		m := b.Profile.Modules[i]
		return append(row, number(uint64(i)), text(m.Path), text(m.BuildID), measured(m.Start, m.IsPlaced()), known(m.End), measured(m.Bias, m.IsPlaced()))
	})
}

// joint returns what is known at one time of a merged profile's processes; nil where that is nothing.
func (b *builder) joint() *profile.Joint {
	if b.Profile.Recording == nil {
		return nil
	}
	return b.Profile.Recording.Joint
}

// readings returns what lived over time: in a merged profile in all of its processes, where that is known.
func (b *builder) readings() []profile.Reading {
	if j := b.joint(); j != nil {
		return j.Course
	}
	return b.Profile.Timeline
}

func (b *builder) timeline() Table {
	readings := b.readings()
	return rows("timeline", []string{"time", "live_bytes", "live_blocks", "resident_bytes"}, len(readings), func(row []Value, i int) []Value {
		r := readings[i]
		return append(row, number(r.Time), number(r.Bytes), measured(r.Blocks, !b.Profile.Columns.Has(profile.NoBlocks)), known(r.RSS))
	})
}

func (b *builder) processes() Table {
	lives := b.joint().Lives
	return rows("processes", []string{"id", "begin", "duration", "peak_bytes"}, len(lives), func(row []Value, i int) []Value {
		begin := uint64(lives[i].Start.UnixMicro() - lives[0].Start.UnixMicro())
		return append(row, number(uint64(i)), number(begin), number(lives[i].Time), number(lives[i].PeakBytes))
	})
}

func (b *builder) moments() Table {
	return rows("moments", []string{"id", "time", "mark"}, len(b.Profile.Moments), func(row []Value, i int) []Value {
		m := b.Profile.Moments[i]
		return append(row, number(uint64(i)), number(m.Time), text(m.Mark))
	})
}

// states is the table of the points' states at those moments at which they differ from the moment before.
func (b *builder) states() Table {
	columns := []string{"point", "moment", "total_bytes", "total_blocks", "live_bytes", "live_blocks"}
	return within("states", columns, len(b.Profile.Points), func(row []Value, i int, yield func([]Value) bool) bool {
		facts := b.Profile.Points[i].Rest().Facts
		if facts == nil {
			return true
		}
		for _, s := range facts.History {
			if !yield(append(row[:0], integer(int64(i)), integer(int64(s.Moment)), number(s.TotalBytes), number(s.TotalBlocks), number(s.Bytes), number(s.Blocks))) {
				return false
			}
		}
		return true
	})
}

// extra is the table of what the profile's tool counts besides, where that is not 0.
func (b *builder) extra() Table {
	return within("extra", []string{"point", "name", "unit", "value"}, len(b.Profile.Points), func(row []Value, i int, yield func([]Value) bool) bool {
		for j, n := range b.Profile.Points[i].Rest().Extra {
			e := b.Profile.Extra[j]
			if n != 0 && !yield(append(row[:0], integer(int64(i)), text(e.Name), text(e.Unit), number(n))) {
				return false
			}
		}
		return true
	})
}

func (b *builder) hasSizes() bool { return b.Profile.Recording != nil && b.Profile.Recording.HasFacts }

// sizes is the table of the sizes that were asked for, by point.
func (b *builder) sizes() Table {
	return within("sizes", []string{"point", "at_most_bytes", "blocks", "bytes"}, len(b.Profile.Points), func(row []Value, i int, yield func([]Value) bool) bool {
		facts := b.Profile.Points[i].Rest().Facts
		if facts == nil {
			return true
		}
		for _, c := range facts.Sizes {
			if !yield(append(row[:0], integer(int64(i)), number(c.Max), number(c.Blocks), number(c.Bytes))) {
				return false
			}
		}
		return true
	})
}

func (b *builder) threads() []profile.Thread {
	if b.Profile.Recording == nil {
		return nil
	}
	return b.Profile.Recording.ByThread
}

// byThread is the table of what each thread allocated, or several of one name together, which have no number.
func (b *builder) byThread() Table {
	columns := []string{"thread", "name", "threads", "total_bytes", "total_blocks", "max_bytes", "peak_bytes", "peak_blocks", "end_bytes", "end_blocks", "temporary_blocks", "freed_elsewhere"}
	all := b.threads()
	return rows("threads", columns, len(all), func(row []Value, i int) []Value {
		t := &all[i]
		return append(row,
			known(t.ID), text(t.Name), number(t.Threads), number(t.TotalBytes), number(t.TotalBlocks), number(t.MaxBytes), number(t.PeakBytes), number(t.PeakBlocks),
			number(t.EndBytes), number(t.EndBlocks), number(t.TemporaryBlocks), number(t.FreedElsewhere),
		)
	})
}
