package cmd

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

// browserPage is a page that tests in the browser look at, by one name there and here.
type browserPage struct {
	name     string
	profiles []*profile.Profile // one, or two for a diff
	by       []string           // the reports whose numbers the page must show
	ranges   []browserRange
}

// browserRange is a part of the run that a page is asked for.
type browserRange struct {
	between string // as heapprof report --between takes it
	moments [2]int // as the page has it
}

// browserPages returns all pages that the tests of testdata/browser open.
func browserPages(t *testing.T) []browserPage {
	one := func(p *profile.Profile) []*profile.Profile { return []*profile.Profile{p} }
	grouped := []string{"site", "function", "type", "module", "crate", "file"}
	found := reporttest.Found()
	for i := range uint64(100) {
		found.Timeline = append(found.Timeline, profile.Reading{Time: (i + 1) * found.EndTime / 100, Bytes: (i + 1) << 17, Blocks: (i + 1) * 300, RSS: (i + 20) << 17})
	}
	return []browserPage{
		{name: "sample", profiles: one(reporttest.Sample()), by: grouped},
		{name: "found", profiles: one(found), by: grouped, ranges: []browserRange{
			{"20%,end", [2]int{9, reporttest.Windows}}, {"20%,60%", [2]int{9, 29}}, {"start,40%", [2]int{-1, 19}},
		}},
		{name: "found-deep", profiles: one(calledFrom(reporttest.Found(), 12)), by: []string{"site"}},
		{name: "facts", profiles: one(reporttest.WithFacts()), by: grouped},
		{name: "held", profiles: one(reporttest.Held()), by: grouped},
		{name: "sampled", profiles: one(reporttest.Sampled()), by: grouped},
		{name: "typed", profiles: one(reporttest.Typed()), by: grouped},
		{name: "drawn", profiles: one(reporttest.Drawn()), by: grouped},
		{name: "valgrind", profiles: one(reporttest.Foreign(t, "valgrind-heap.json")), by: grouped},
		{name: "dhat-rs", profiles: one(reporttest.Foreign(t, "dhat-rs-heap.json")), by: grouped},
		{name: "ad-hoc", profiles: one(reporttest.Foreign(t, "dhat-rs-ad-hoc.json")), by: []string{"site"}},
		{name: "diff", profiles: []*profile.Profile{reporttest.Sample(), reporttest.Rebuilt()}, by: []string{"site", "function", "type"}},
		{name: "diff-sampled", profiles: []*profile.Profile{reporttest.Sampled(), reporttest.SampledLater()}, by: []string{"site"}},
		{name: "big", profiles: one(bigProfile(t)), by: []string{"site", "function"}},
		{name: "hostile", profiles: one(hostileProfile("")), by: []string{"site"}},
		{name: "hostile-long", profiles: one(hostileProfile(strings.Repeat("x<b>&amp;'\"", 10<<20/10))), by: []string{"site"}},
		{name: "empty", profiles: one(&profile.Profile{
			Mode: "heap", Verb: "Allocated", Columns: profile.Lives | profile.Own, Command: "./nothing", PID: 1,
			Units:  profile.Units{Unit: "byte", Units: "bytes", Blocks: "blocks", Time: "µs", MegaTime: "s"},
			Frames: []profile.Frame{profile.Root}, Recording: &profile.Recording{Program: "/bin/nothing"},
		}), by: []string{"site"}},
	}
}

// bigProfile is a profile whose tree of calls has many times more nodes than a page keeps.
func bigProfile(t *testing.T) *profile.Profile {
	t.Helper()
	var text bytes.Buffer
	if err := testkit.WriteBigProfile(&text, 2<<20); err != nil {
		t.Fatal(err)
	}
	p, err := format.Read(&text)
	if err != nil {
		t.Fatal(err)
	}
	return p
}

// hostileNames would end the page's script, style or data, begin others, or confuse whoever reads them, if a page
// took names for anything but text.
var hostileNames = []string{
	`</script><script>window.hostile = 1</script>`,
	`<img src=x onerror="window.hostile = 2">`,
	`<!--<script>`,
	`]]>`,
	`</style><style>*{display:none}</style>`,
	`</title></textarea></noscript><svg onload=window.hostile=3>`,
	`'"` + "`" + `${window.hostile = 4}`,
	`{{data}}{{script}}`,
	`&lt;b&gt;&amp;&#60;`,
	`javascript:window.hostile=5`,
	`__proto__`,
	`constructor`,
	`hasOwnProperty`,
	"\u202egnp.exe\u202c\u2066x\u2069",
	"nul\x00nul\x1b[31mred\u2028\u2029",
	"broken \xff\xfe\xed\xa0\x80 bytes",
	"",
	" ",
	"\u0300\u0301combining\u200b\ufeff",
	"😀🏴\U000e0067\U000e0062",
}

// hostileProfile is a profile in which everything that has a name has a hostile one, or one function alone the name long.
func hostileProfile(long string) *profile.Profile {
	p := reporttest.Found()
	p.Command = strings.Join(hostileNames, " ")
	p.Recording.Program = "/bin/" + hostileNames[0]
	if long != "" {
		p.Frames[2].Function = long
		return p
	}
	for i, name := range hostileNames {
		module := &profile.Module{Path: name, Start: uint64(i+1) << 32, End: uint64(i+2) << 32}
		p.Modules = append(p.Modules, module)
		frame := uint32(len(p.Frames))
		p.Frames = append(p.Frames,
			profile.Frame{Function: name, File: name, Line: 3, Module: module},
			profile.Frame{Function: "std::vector<" + name + ">::push_back(" + name + "&&)", Instance: "alloc::vec::Vec::push<" + name + ">", Module: module})
		p.Points = append(p.Points, profile.Point{
			TotalBytes:  1 << 20,
			TotalBlocks: 16,
			PeakBytes:   1 << 20,
			PeakBlocks:  16,
			EndBytes:    1 << 20,
			EndBlocks:   16,
			Stack:       profile.StackOf(frame+1, frame, 3),
		}.With(profile.Rest{
			MaxBytes:      1 << 20,
			MaxBlocks:     16,
			TotalLifetime: 100,
			Facts:         &profile.Facts{},
		}))
	}
	for i := range p.Moments {
		if i < len(hostileNames) {
			p.Moments[i].Mark = hostileNames[i]
		}
	}
	return p
}

// calledFrom returns a profile with n more callers around all that it has.
func calledFrom(p *profile.Profile, n int) *profile.Profile {
	for i := range n {
		p.Frames = append(p.Frames, testkit.Frames(fmt.Sprintf("0x9%03x0: caller%d (caller.c:%d)", i, i, i+1))...)
		for j := range p.Points {
			p.Points[j].Stack = profile.StackOf(append(slices.Clip(p.Points[j].Stack.Frames()), uint32(len(p.Frames)-1))...)
		}
	}
	return p
}
