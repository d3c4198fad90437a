package firefox

import (
	"slices"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// allocation is a row of a thread's native allocations.
type allocation struct {
	time  uint64 // in the profile's time unit
	stack int32
	bytes uint64
}

// allocations returns the rows of a metric in the order of time. They add up to it.
func (f *File) allocations(m view.Metric) []allocation {
	p := f.profile
	rows := make([]allocation, 0, len(p.Points))
	at := p.EndTime
	if m == view.PeakBytes {
		at = p.PeakTime
	}
	for i := range p.Points {
		if m == view.TotalBytes {
			rows = append(rows, f.overTime(i)...)
		} else if n := m.Value(&p.Points[i]); n > 0 {
			rows = append(rows, allocation{at, f.stacks[i], n})
		}
	}
	return inOrder(rows)
}

// overTime returns the rows of what was allocated in all at a point: as far as the profile has moments, at these.
func (f *File) overTime(point int) (rows []allocation) {
	p := f.profile
	pt := &p.Points[point]
	left := pt.TotalBytes
	if facts := pt.Rest().Facts; facts != nil && p.Span == nil {
		var before uint64
		for _, s := range facts.History {
			// A file may tell more of the moments than of the whole.
			if n := min(s.TotalBytes-min(before, s.TotalBytes), left); n > 0 {
				rows = append(rows, allocation{p.Moments[s.Moment].Time, f.stacks[point], n})
				left -= n
			}
			before = s.TotalBytes
		}
	}
	if left > 0 {
		rows = append(rows, allocation{p.EndTime, f.stacks[point], left})
	}
	return rows
}

// writeThread writes a track.
func (f *File) writeThread(w *writer, t *track) {
	rows := t.rows
	w.open('{')
	w.value("name", t.name)
	w.value("processName", f.process())
	w.value("processType", "default")
	w.value("processStartupTime", 0)
	w.value("processShutdownTime", nil)
	w.value("registerTime", 0)
	w.value("unregisterTime", nil)
	w.value("pausedRanges", []int{})
	w.value("showMarkersInTimeline", true)
	w.value("isMainThread", t.main)
	w.value("pid", strconv.FormatInt(f.profile.PID, 10))
	w.value("tid", t.tid)
	w.value("samples", map[string]any{"stack": []int{}, "time": []int{}, "weight": nil, "weightType": "samples", "length": 0})
	w.name("markers")
	f.writeMarkers(w, t.main)
	w.name("nativeAllocations")
	w.open('{')
	w.column("time", len(rows), func(to []byte, i int) []byte { return appendTime(to, f.milliseconds(rows[i].time)) })
	w.column("weight", len(rows), func(to []byte, i int) []byte { return strconv.AppendUint(to, rows[i].bytes, 10) })
	w.column("stack", len(rows), func(to []byte, i int) []byte { return appendIndex(to, rows[i].stack, "null") })
	w.value("weightType", "bytes")
	w.value("length", len(rows))
	w.close('}')
	w.close('}')
}

func appendTime(to []byte, milliseconds float64) []byte {
	return strconv.AppendFloat(to, milliseconds, 'f', -1, 64)
}

// writeMarkers writes the markers of a thread: the marks of the run and its peak, if they are of this one.
func (f *File) writeMarkers(w *writer, has bool) {
	type marker struct {
		time uint64
		kind string
		name string
	}
	var all []marker
	p := f.profile
	if has && f.tick != 0 {
		for _, m := range p.Moments {
			if m.Mark != "" {
				all = append(all, marker{m.Time, "mark", m.Mark})
			}
		}
		if p.Columns.Has(profile.Peak) && p.EndTime > 0 {
			all = append(all, marker{p.PeakTime, "peak", "peak of live bytes"})
		}
	}
	slices.SortStableFunc(all, func(a, b marker) int { return int(min(max(int64(a.time)-int64(b.time), -1), 1)) })
	kinds := make([]int32, len(all))
	times := make([]float64, len(all))
	data := make([]any, len(all))
	for i, m := range all {
		kinds[i], times[i] = f.tables.stringOf[m.kind], f.milliseconds(m.time)
		data[i] = map[string]string{"type": markSchema, "name": m.name}
	}
	w.open('{')
	w.numbers("name", kinds, "")
	w.value("startTime", times)
	w.same("endTime", len(all), "null")
	w.same("phase", len(all), "0") // an instant
	w.same("category", len(all), strconv.Itoa(otherCategory))
	w.value("data", data)
	w.value("length", len(all))
	w.close('}')
}

// writeCounters writes the timeline: live bytes, and resident memory where it was looked at.
func (f *File) writeCounters(w *writer) {
	w.open('[')
	if f.tick != 0 {
		live := func(r profile.Reading) uint64 { return r.Bytes }
		resident := func(r profile.Reading) uint64 { return r.RSS }
		f.writeCounter(w, "live heap", "bytes that were allocated and not freed", "orange", live, func(profile.Reading) bool { return true })
		f.writeCounter(w, "resident memory", "bytes of the process that were in RAM", "blue", resident, func(r profile.Reading) bool { return r.RSS != 0 })
	}
	w.close(']')
}

// writeCounter writes a counter of those readings of the timeline for which known reports true, if there are any. A counter's
// samples are the changes from one to the next.
func (f *File) writeCounter(w *writer, name, description, color string, of func(profile.Reading) uint64, known func(profile.Reading) bool) {
	var readings []profile.Reading
	for _, r := range f.profile.Timeline {
		if known(r) {
			readings = append(readings, r)
		}
	}
	if len(readings) == 0 {
		return
	}
	w.element()
	w.open('{')
	w.value("name", name)
	w.value("category", "Memory")
	w.value("description", description)
	w.value("pid", strconv.FormatInt(f.profile.PID, 10))
	w.value("mainThreadIndex", 0)
	w.value("display", map[string]any{
		"graphType": "line-accumulated", "unit": "bytes", "color": color, "markerSchemaLocation": nil, "sortWeight": 20, "label": name,
		"tooltipRows": []any{
			map[string]any{"type": "value", "source": "accumulated", "format": map[string]string{"unit": "bytes"}, "label": name + " at this time, above the least in the range"},
			map[string]any{"type": "value", "source": "count-range", "format": map[string]string{"unit": "bytes"}, "label": "range of the graph"},
		},
	})
	w.name("samples")
	w.open('{')
	w.column("time", len(readings), func(to []byte, i int) []byte { return appendTime(to, f.milliseconds(readings[i].Time)) })
	w.column("count", len(readings), func(to []byte, i int) []byte {
		before := uint64(0)
		if i > 0 {
			before = of(readings[i-1])
		}
		return strconv.AppendInt(to, int64(of(readings[i])-before), 10)
	})
	w.value("length", len(readings))
	w.close('}')
	w.close('}')
}
