package pprof

import (
	"bufio"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// TestAListingIsThatOfPProf holds that heapprof list and pprof -list say the same of each line: of
// functions with several lines, in recursion, and of inlined ones.
func TestAListingIsThatOfPProf(t *testing.T) {
	p := reporttest.Lines()
	first := uint32(len(p.Frames))
	p.Frames = append(p.Frames, testkit.Frames("0x1040: walk (/src/lines/walk.c:7)", "0x1050: walk (/src/lines/walk.c:9)", "0x1060: leaf (/src/lines/walk.c:2)", "0x1060: walk (/src/lines/walk.c:9)")...)
	p.Frames[first+2].Inlined = true
	p.Points = append(p.Points,
		profile.Point{TotalBytes: 100, TotalBlocks: 1, PeakBytes: 100, PeakBlocks: 1, Stack: profile.StackOf(first, first+1, first, first+1, 1)},
		profile.Point{TotalBytes: 30, TotalBlocks: 1, PeakBytes: 30, PeakBlocks: 1, Stack: profile.StackOf(first+2, first+3, first+1, 1)},
	)
	dir := t.TempDir()
	for _, name := range []string{"main.c", "load.c", "parse.c", "walk.c"} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(strings.Repeat("text\n", 40)), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	l, err := view.NewListing(view.NewSource(p), regexp.MustCompile("."), view.Options{})
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, f := range l.Functions {
		for _, line := range f.Lines {
			got[fmt.Sprintf("%s:%d", f.Name, line.Line)] = fmt.Sprint(line.Flat.Get(l.Metric), line.Cum.Get(l.Metric))
		}
	}
	want := map[string]string{}
	function := ""
	text := goToolPProf(t, p)("-list=.", "-unit=B", "-sample_index=peak_space", "-source_path="+dir, "-trim_path=/src/lines")
	for lines := bufio.NewScanner(strings.NewReader(text)); lines.Scan(); {
		fields := strings.Fields(lines.Text())
		if len(fields) > 2 && fields[0] == "ROUTINE" {
			function = fields[2]
		}
		if len(fields) < 3 || !strings.Contains(fields[2], ":") || fields[0] == "." && fields[1] == "." || fields[0] == "ROUTINE" {
			continue
		}
		number, _, _ := strings.Cut(fields[2], ":")
		bytes := strings.NewReplacer("B", "", ".", "0")
		want[function+":"+number] = bytes.Replace(fields[0]) + " " + bytes.Replace(fields[1])
	}
	if !maps.Equal(got, want) || len(got) < 10 {
		t.Errorf("%v,\nand pprof's\n%v", got, want)
	}
}
