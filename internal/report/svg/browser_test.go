package svg

import (
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/flame"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// inBrowser returns what a profile's picture does in a browser, on a small stand-in for
// its document: see testdata/svgdom.js.
func inBrowser(t *testing.T, p *profile.Profile, most int) string {
	t.Helper()
	node := testkit.Tool(t, "node")
	var text strings.Builder
	if err := write(&text, view.NewSource(p), flame.Options{}, most); err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(node, filepath.Join("testdata", "svgdom.js"))
	cmd.Stdin = strings.NewReader(text.String())
	out, err := cmd.CombinedOutput()
	if err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	return "\n" + string(out)
}

func TestSVGMarksEstimatesUnderThePointerToo(t *testing.T) {
	p := reporttest.Drawn()
	p.Sampling.MeanBytes = 512
	for i := range p.Points {
		p.Points[i].Samples = &profile.Samples{Peak: profile.Sampled{Blocks: 1, BytesVariance: 10_000}}
	}
	for _, want := range []string{
		"\nover main: main: ~1,000 bytes ±45%, ~97.2%\naway: ~1.00 KiB ±51%\n",
		"\nsearch \"^parse$\": matches ~960 bytes ±42%, ~93.3%;",
	} {
		if got := inBrowser(t, p, maxBoxes); !strings.Contains(got, want) {
			t.Errorf("got:%s\nwant:%s", got, want)
		}
	}
}

func TestSVGZoomsAndSearches(t *testing.T) {
	want := `
at first: 1.00 KiB
width 100%, view box null
over main: main: 1,000 bytes, 97.2%
away: 1.00 KiB
click parse: parse: 960 bytes, 93.3%; Esc shows all again
  all 0% 100% outer, all 1.00 KiB
  main 0% 100% outer, main 1000 B
  parse 0% 100%, parse 960 B
  grow 0% 52.1%, grow 500 B
  copy 0% 52.1%, copy 500 B
  parse 52.1% 6.3%, parse
  parse 52.1% 6.3%, parse
over grow: grow: 500 bytes, 48.6%, 52.1% of parse
title of grow: grow | /opt/prog | 500 bytes, 48.6%, 52.1% of parse
escape: 10 shown, 1.00 KiB
search "^parse$": matches 960 bytes, 93.3%; hit parse parse parse
search "LIBZ|grow": matches 540 bytes, 52.5%; hit grow libz.so.1+0x20
search "more|d": matches 20 bytes, 1.9%; hit <a;b as "c">::d·]]></script>& 
search "(": not an expression
reset: "", hit
`
	if got := inBrowser(t, reporttest.Drawn(), maxBoxes); got != want {
		t.Errorf("got:%s\nwant:%s", got, want)
	}
}

func TestSVGSearchSaysWhereMoreMayMatchThanIsDrawn(t *testing.T) {
	const want = `search "LIBZ|grow": matches at least 540 bytes, 52.5%; hit grow libz.so.1+0x20
search "more|d": matches at least 0 bytes, 0.0%; hit 
`
	if got := inBrowser(t, reporttest.Drawn(), 8); !strings.Contains(got, want) {
		t.Errorf("got:%s\nwant:\n%s", got, want)
	}
}
