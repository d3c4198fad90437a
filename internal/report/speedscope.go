package report

import (
	"bufio"
	"encoding/json"
	"io"
	"slices"
	"strconv"

	"heapprof/internal/profile"
	"heapprof/internal/report/names"
)

// WriteSpeedscope writes p in speedscope's file format: one "sampled" profile for
// each metric that adds up over stacks, all over the same frames; speedscope opens
// it at o.Metric. A frame is a function in a file; its line is left out, because
// speedscope would take each line for a function of its own.
//
// The format is described by https://www.speedscope.app/file-format-schema.json.
func WriteSpeedscope(w io.Writer, p *profile.Profile, o FlameOptions) error {
	metric, _, err := flameMetric(p, o)
	if err != nil {
		return err
	}
	labels := newFlameLabels(NewFrameTable(p), func(f *Frame, _ string) flameLabel {
		file := f.File
		if file == "" {
			file = f.Module
		}
		return flameLabel{Name: f.Name(), File: file}
	})
	metrics := flameMetrics(p)
	active := slices.Index(metrics, metric)

	// The samples are most of the file, several times over: they are written
	// as they come. The rest goes through encoding/json.
	bw := bufio.NewWriter(w)
	enc := json.NewEncoder(bw)
	enc.SetEscapeHTML(false)
	field := func(name string, v any) error {
		bw.WriteString(strconv.Quote(name))
		bw.WriteByte(':')
		return enc.Encode(v) // and a line feed
	}

	bw.WriteByte('{')
	for _, f := range []struct {
		name  string
		value any
	}{
		{"$schema", "https://www.speedscope.app/file-format-schema.json"},
		{"exporter", "heapprof"},
		{"name", names.Printable(p.Command)},
		{"activeProfileIndex", active},
		{"shared", speedscopeShared(labels)},
	} {
		if err := field(f.name, f.value); err != nil {
			return err
		}
		bw.WriteByte(',')
	}
	bw.WriteString(`"profiles":[`)
	for i, m := range metrics {
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteByte('{')
		if err := field("name", m.String()); err != nil {
			return err
		}
		writeSpeedscopeSamples(bw, p, m, labels)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}

type speedscopeFrame struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"`
}

func speedscopeShared(labels *flameLabels) map[string][]speedscopeFrame {
	frames := make([]speedscopeFrame, len(labels.labels))
	for i, l := range labels.labels {
		frames[i] = speedscopeFrame{Name: l.Name, File: l.File}
	}
	return map[string][]speedscopeFrame{"frames": frames}
}

// writeSpeedscopeSamples writes the rest of one profile after its name.
func writeSpeedscopeSamples(bw *bufio.Writer, p *profile.Profile, m Metric, labels *flameLabels) {
	// "none" is the schema's unit for what is a number of things.
	unit := "none"
	if m.Unit() == UnitBytes && p.Units.Unit == "byte" {
		unit = "bytes"
	}
	number := func(n uint64) { bw.Write(strconv.AppendUint(bw.AvailableBuffer(), n, 10)) }

	bw.WriteString(`,"type":"sampled","unit":"` + unit + `","startValue":0,"samples":[`)
	var total uint64
	var weights []uint64
	for i := range p.Points {
		pt := &p.Points[i]
		value := m.Value(pt)
		if value == 0 {
			continue
		}
		if len(weights) > 0 {
			bw.WriteByte(',')
		}
		total += value
		weights = append(weights, value)
		bw.WriteByte('[')
		stack := labels.stack(pt)
		if len(stack) == 0 {
			number(uint64(labels.noStack))
		}
		for j := len(stack) - 1; j >= 0; j-- {
			number(uint64(labels.ofFrame[stack[j]]))
			if j > 0 {
				bw.WriteByte(',')
			}
		}
		bw.WriteByte(']')
	}
	bw.WriteString("]\n" + `,"weights":[`)
	for i, v := range weights {
		if i > 0 {
			bw.WriteByte(',')
		}
		number(v)
	}
	bw.WriteString("]\n" + `,"endValue":`)
	number(total)
	bw.WriteByte('}')
}
