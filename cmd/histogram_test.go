package cmd

import (
	"bytes"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/wholefile"
)

func TestHistogramsLookAsTheGoldenFiles(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.json")
	if err := format.WriteFile(file, wholefile.Options{}, reporttest.WithFacts()); err != nil {
		t.Fatal(err)
	}
	for name, args := range map[string]string{
		"histogram.txt":       "",
		"histogram.focus.txt": "--focus parse.c",
		"histogram.json":      "--format json",
		"histogram.csv":       "--format csv --focus load",
		"histogram.md":        "--format markdown",
	} {
		t.Run(name, func(t *testing.T) {
			var out bytes.Buffer
			if status := Run(&console.Streams{Out: &out, Err: &out}, append([]string{"report", "--histogram", file}, strings.Fields(args)...)); status != 0 {
				t.Errorf("status %d", status)
			}
			golden(t, name, out.Bytes())
		})
	}
}

func TestAProfileWithoutHistogramsSaysSo(t *testing.T) {
	sizesAlone := reporttest.Sample()
	sizesAlone.Recording.Sizes = []profile.SizeClass{{Max: 1 << 20, Blocks: 3128, Bytes: 3_924_000}}
	for _, c := range []struct {
		profile *profile.Profile
		args    string
		want    string
	}{
		{sizesAlone, "", `note +how long blocks lived was not recorded`},
		{sizesAlone, "--focus main", `^heapprof: \S+ does not tell how large the blocks of each stack were: `},
		{reporttest.Sample(), "", `^heapprof: \S+ does not tell how large blocks were: an older heapprof recorded it`},
		{reporttest.Foreign(t, "valgrind-heap.json"), "", `^heapprof: \S+ does not tell how large blocks were: valgrind does not record it, heapprof run does`},
		{reporttest.WithFacts(), "--tree", `^heapprof: --tree does not go with --histogram: leave one of them out; see heapprof report --help`},
		{reporttest.WithFacts(), "--leaks", `^heapprof: --leaks and --histogram are two questions: ask one at a time`},
	} {
		file := filepath.Join(t.TempDir(), "p.json")
		if err := format.WriteFile(file, wholefile.Options{}, c.profile); err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		Run(&console.Streams{Out: &out, Err: &out}, append([]string{"report", "--histogram", file}, strings.Fields(c.args)...))
		if !regexp.MustCompile("(?m)" + c.want).MatchString(out.String()) {
			t.Errorf("%s: no %q in\n%s", c.args, c.want, out.String())
		}
	}
}
