package export

import (
	"errors"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/report/view"
)

func TestFlameFlagsAreRead(t *testing.T) {
	for _, c := range []struct {
		args   string
		file   string
		output string
		format string
		metric string // "" is the profile's default
	}{
		{"a.json", "a.json", "", "folded", ""},
		{"-", "-", "", "folded", ""},
		{"a.json -o -", "a.json", "-", "folded", ""},
		{"-o heap.svg a.json", "a.json", "heap.svg", "svg", ""},
		{"a.json -o Heap.SVG", "a.json", "Heap.SVG", "svg", ""},
		{"a.json --output=dir.svg/heap.txt", "a.json", "dir.svg/heap.txt", "folded", ""},
		{"a.json -o heap.folded", "a.json", "heap.folded", "folded", ""},
		{"a.json -o heap.speedscope.json", "a.json", "heap.speedscope.json", "speedscope", ""},
		{"a.json -o heap.html --format svg", "a.json", "heap.html", "svg", ""},
		{"a.json -o heap.svg --format folded", "a.json", "heap.svg", "folded", ""},
		{"a.json --metric total-blocks", "a.json", "", "folded", "total-blocks"},
	} {
		var got *flameOptions
		command := NewFlame(&console.Streams{}, func(o *flameOptions) error { got = o; return nil })
		command.SetArgs(strings.Fields(c.args))
		if err := command.Execute(); err != nil {
			t.Errorf("%s: %v", c.args, err)
			continue
		}
		metric := ""
		if got.graph.Metric != nil {
			metric = got.graph.Metric.String()
		}
		if got.file != c.file || got.output != c.output || got.format.name != c.format || metric != c.metric {
			t.Errorf("%s: file %q, output %q, format %q, metric %q", c.args, got.file, got.output, got.format.name, metric)
		}
	}
}

func TestFlameRefusesWrongFlags(t *testing.T) {
	for _, c := range []struct{ args, want string }{
		{"", "no profile was named"},
		{"a.json b.json", "2 profiles were named"},
		{"a.json -o heap.gz", "does not tell the format"},
		{"a.json --format flamegraph", `unknown format "flamegraph"`},
		{"a.json --metric bytes-peak", `did you mean "peak-bytes"?`},
		{"a.json --metric=", `unknown metric ""`},
	} {
		command := NewFlame(&console.Streams{}, func(*flameOptions) error { t.Errorf("%q was run", c.args); return nil })
		command.SetArgs(strings.Fields(c.args))
		command.SilenceErrors, command.SilenceUsage = true, true
		err := command.Execute()
		var exit *console.ExitError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &exit) || exit.Status != console.ExitUsage {
			t.Errorf("%q: error %v, want %q and status %d", c.args, err, c.want, console.ExitUsage)
		}
	}
}

// A name in the help that the command refuses would be a trap.
func TestFlameOffersOnlyMetricsThatItDraws(t *testing.T) {
	for _, name := range additiveMetrics() {
		if m, err := view.ParseMetric(name); err != nil || !m.Additive() {
			t.Errorf("%s: %v", name, err)
		}
	}
}
