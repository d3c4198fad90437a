package cmd

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"runtime/debug"
	"strings"
	"testing"

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
		command := newFlame(&Streams{}, func(o *flameOptions) error { got = o; return nil })
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
		command := newFlame(&Streams{}, func(*flameOptions) error { t.Errorf("%q was run", c.args); return nil })
		command.SetArgs(strings.Fields(c.args))
		command.SilenceErrors, command.SilenceUsage = true, true
		err := command.Execute()
		var exit *exitError
		if err == nil || !strings.Contains(err.Error(), c.want) || !errors.As(err, &exit) || exit.Status != exitUsage {
			t.Errorf("%q: error %v, want %q and status %d", c.args, err, c.want, exitUsage)
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

const tinyProfile = `{"dhatFileVersion":2,"mode":"heap","verb":"Allocated","bklt":false,"bkacc":false,
"tu":"instrs","Mtu":"Minstr","cmd":"tiny","pid":1,"te":1,
"pps":[{"tb":10,"tbk":1,"fs":[1]}],"ftbl":["[root]","0x1: main (m.c:1)"]}`

func TestPProfRefusesATerminalOnly(t *testing.T) {
	for _, c := range []struct {
		name     string
		args     []string
		terminal bool
		status   int
	}{
		{"a terminal", []string{"pprof", "-"}, true, exitUsage},
		{"a terminal as -", []string{"pprof", "-", "-o", "-"}, true, exitUsage},
		{"a pipe", []string{"pprof", "-"}, false, exitOK},
		{"a file, from a terminal", []string{"pprof", "-", "-o", filepath.Join(t.TempDir(), "x.pb.gz")}, true, exitOK},
	} {
		var out, stderr bytes.Buffer
		s := &Streams{In: strings.NewReader(tinyProfile), Out: &out, Err: &stderr, OutTerminal: c.terminal}
		if status := mainWith(s, c.args); status != c.status {
			t.Errorf("%s: status %d, want %d: %s", c.name, status, c.status, stderr.String())
		}
		if c.status != exitOK && (out.Len() > 0 || !strings.Contains(stderr.String(), "-o heap.pb.gz")) {
			t.Errorf("%s: %d bytes written, said %q", c.name, out.Len(), stderr.String())
		}
	}
}

func TestFlameAndPProfLeaveNoPartOfAFile(t *testing.T) {
	dir := t.TempDir()
	// The directory's own name cannot be replaced by a file.
	for _, args := range [][]string{
		{"flame", "-", "--format", "svg", "-o", dir},
		{"pprof", "-", "-o", dir},
		{"flame", "-", "--metric", "end-bytes", "-o", filepath.Join(dir, "x.svg")}, // the file lacks it
	} {
		var stderr bytes.Buffer
		s := &Streams{In: strings.NewReader(tinyProfile), Out: &bytes.Buffer{}, Err: &stderr}
		if status := mainWith(s, args); status != exitFailure {
			t.Errorf("%v: status %d: %s", args, status, stderr.String())
		}
	}
	if left, _ := os.ReadDir(dir); len(left) > 0 {
		t.Errorf("left %v", left)
	}
}

func TestVersionIsTheModulesElseTheRevision(t *testing.T) {
	settings := func(kv ...string) (s []debug.BuildSetting) {
		for i := 0; i < len(kv); i += 2 {
			s = append(s, debug.BuildSetting{Key: kv[i], Value: kv[i+1]})
		}
		return s
	}
	const revision = "0123456789abcdef0123456789abcdef01234567"
	for _, c := range []struct {
		name string
		info *debug.BuildInfo
		want string
	}{
		{"go install", &debug.BuildInfo{Main: debug.Module{Version: "v1.2.3"}, Settings: settings("vcs.revision", revision)}, "v1.2.3"},
		{"a checkout", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}, Settings: settings("vcs.revision", revision, "vcs.modified", "false")}, "0123456789ab"},
		{"a changed checkout", &debug.BuildInfo{Settings: settings("vcs.revision", revision, "vcs.modified", "true")}, "0123456789ab+dirty"},
		{"an archive", &debug.BuildInfo{Main: debug.Module{Version: "(devel)"}}, "devel"},
		{"no build information", nil, "devel"},
	} {
		if got := moduleVersion(c.info); got != c.want {
			t.Errorf("%s: %s, want %s", c.name, got, c.want)
		}
	}
}
