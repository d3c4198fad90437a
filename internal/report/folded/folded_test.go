package folded

import (
	"strings"
	"testing"

	"heapprof/internal/report/flame"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

func TestFoldedStacksMergeByFunctionAndAreSorted(t *testing.T) {
	var out strings.Builder
	if err := Write(&out, view.NewSource(reporttest.Drawn()), flame.Options{}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"<a:b as \"c\">::d·]]></script>&  20", // neither ; nor a line feed is left in a name
		"[no stack] 9",
		"main;libz.so.1+0x20 40", // no name: module and offset
		"main;parse 400",         // 300 on one line and 100 on another
		"main;parse;grow;copy 500",
		"main;parse;parse;parse 60", // a recursion stays
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestFunctionsOfOneNameInTwoFilesStayTwo(t *testing.T) {
	var out strings.Builder
	if err := Write(&out, view.NewSource(reporttest.Namesakes()), flame.Options{}); err != nil {
		t.Fatal(err)
	}
	want := strings.Join([]string{
		"main;init [x/mod.c] 16", "main;init [y/mod.c] 32",
		"main;keep<T>(int) 64",
		"main;make_buffer 8", // whose it is nobody knows
		"main;make_buffer [a.c] 1", "main;make_buffer [b.c] 6",
		"",
	}, "\n")
	if out.String() != want {
		t.Errorf("got:\n%s\nwant:\n%s", out.String(), want)
	}
}

func TestFlameGraphsWeighByTheMetricAskedFor(t *testing.T) {
	for _, c := range []struct {
		metric view.Metric
		want   string // of main's own line
	}{
		{view.TotalBytes, "main 5000\n"},
		{view.TotalBlocks, "main 1\n"},
		{view.EndBytes, "main;libz.so.1+0x20 40\n"},
	} {
		var out strings.Builder
		if err := Write(&out, view.NewSource(reporttest.Drawn()), flame.Options{Metric: &c.metric}); err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(out.String(), c.want) {
			t.Errorf("%s: no %q in:\n%s", c.metric, c.want, out.String())
		}
	}
}

func TestFlameGraphOfAFileWithoutLifetimesShowsTotals(t *testing.T) {
	p := reporttest.DrawnByOthers()
	p.Columns = 0
	var out strings.Builder
	if err := Write(&out, view.NewSource(p), flame.Options{}); err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(out.String(), "main 5000\n") || !strings.Contains(out.String(), "main;libz.so.1@0x5020 50\n") {
		t.Errorf("not the total bytes:\n%s", out.String())
	}
}
