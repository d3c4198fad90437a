// Package speedscope writes flame graphs in speedscope's file format. It imports the
// profile, flame, frames, human, label, names and view.
package speedscope

import (
	"bufio"
	"cmp"
	"encoding/json"
	"io"
	"slices"
	"strconv"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/report/label"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Write writes a profile in speedscope's file format: one "sampled" profile for
// each metric that adds up over stacks, all over the same frames; speedscope opens
// it at o.Metric. A sample is a stack with all that was allocated through it. The samples stand
// in no order of time: those with the most come first. A frame is a function in a file; its line
// is left out, because speedscope would take each line for a function of its own.
//
// The format is described by https://www.speedscope.app/file-format-schema.json.
func Write(w io.Writer, s *view.Source, o flame.Options) error {
	p := s.Profile
	metric, _, err := flame.Metric(p, o)
	if err != nil {
		return err
	}
	metrics := flame.Metrics(p)
	graph := flame.NewGraph(s, o, metrics, func(f *frames.Frame, _ string) flame.Label {
		file := f.File
		if file == "" {
			file = f.Module
		}
		return flame.Label{Name: f.Name(), File: file}
	})
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
		{"name", strings.TrimSpace(names.Printable(p.Command) + " " + human.Part(p))},
		{"activeProfileIndex", active},
		{"shared", shared(graph)},
	} {
		if err := field(f.name, f.value); err != nil {
			return err
		}
		bw.WriteByte(',')
	}
	bw.WriteString(`"profiles":[`)
	samples := make([]sample, 0, graph.MostStacks())
	for i, m := range metrics {
		if i > 0 {
			bw.WriteByte(',')
		}
		bw.WriteByte('{')
		if err := field("name", label.Title(p, m)); err != nil {
			return err
		}
		samples = samples[:0]
		for stack := range graph.Stacks(m) {
			samples = append(samples, sample{stack.Labels, stack.Value})
		}
		writeSamples(bw, p, m, samples)
	}
	bw.WriteString("]}\n")
	return bw.Flush()
}

type frame struct {
	Name string `json:"name"`
	File string `json:"file,omitempty"`
}

func shared(graph *flame.Graph) map[string][]frame {
	all := make([]frame, len(graph.Labels))
	for i, l := range graph.Labels {
		all[i] = frame{Name: l.Name, File: l.File}
	}
	return map[string][]frame{"frames": all}
}

// sample is a stack and what was allocated through it.
type sample struct {
	labels []int32
	value  uint64
}

// writeSamples writes the rest of one profile after its name.
func writeSamples(bw *bufio.Writer, p *profile.Profile, m view.Metric, samples []sample) {
	slices.SortFunc(samples, func(a, b sample) int {
		if a.value == b.value {
			return slices.Compare(a.labels, b.labels)
		}
		return cmp.Compare(b.value, a.value)
	})
	// "none" is the schema's unit for what is a number of things.
	unit := "none"
	if m.Unit() == view.UnitBytes && p.Units.Unit == "byte" {
		unit = "bytes"
	}
	number := func(n uint64) { bw.Write(strconv.AppendUint(bw.AvailableBuffer(), n, 10)) }

	bw.WriteString(`,"type":"sampled","unit":"` + unit + `","startValue":0,"samples":[`)
	var total uint64
	for i := range samples {
		if i > 0 {
			bw.WriteByte(',')
		}
		total += samples[i].value
		bw.WriteByte('[')
		for j, label := range samples[i].labels {
			if j > 0 {
				bw.WriteByte(',')
			}
			number(uint64(label))
		}
		bw.WriteByte(']')
	}
	bw.WriteString("]\n" + `,"weights":[`)
	for i := range samples {
		if i > 0 {
			bw.WriteByte(',')
		}
		number(samples[i].value)
	}
	bw.WriteString("]\n" + `,"endValue":`)
	number(total)
	bw.WriteByte('}')
}
