package cmd

import (
	"bytes"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/cmd/reports"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/wholefile"
)

// residentSample is reporttest's sample with two readings of what was resident, the first when much
// was free.
func residentSample() *profile.Profile {
	const mib = 1 << 20
	p := reporttest.Sample()
	p.Recording = &profile.Recording{Program: "/usr/bin/app", AnonymousPeak: 400 * mib, Allocator: "glibc", Resident: &profile.Resident{
		FilePeak: 6 * mib,
		Readings: []profile.ResidentReading{
			{
				Time: p.EndTime / 2, Widest: true, LiveBytes: 40 * mib, LiveBlocks: 120_000,
				Parts: []profile.ResidentPart{
					{Kind: profile.LiveBlocks, Bytes: 12 * mib, Point: -1},
					{Kind: profile.Rounding, Bytes: 3 * mib, Name: "glibc", Point: -1},
					{Kind: profile.Pinned, Bytes: 150 * mib, Count: 40_000, Point: -1},
					{Kind: profile.Between, Bytes: 2 * mib, Count: 900, Point: -1},
					{Kind: profile.FreeHeap, Bytes: 100 * mib, Point: 1},
					{Kind: profile.FreeArenas, Bytes: 90 * mib, Count: 8, Largest: 20 * mib, Point: -1},
					{Kind: profile.ThreadStacks, Bytes: mib, Count: 8, Largest: mib / 4, Point: -1},
					{Kind: profile.MainStack, Bytes: 16 << 10, Point: -1},
					{Kind: profile.StaticData, Bytes: 10 * mib, Count: 5, Largest: 9 * mib, Name: "/usr/bin/app", Point: -1},
					{Kind: profile.MappedByProgram, Bytes: 30 * mib, Count: 3, Largest: 29 * mib, Point: -1},
					{Kind: profile.MadeCode, Bytes: mib, Count: 1, Largest: mib, Point: -1},
					{Kind: profile.SharedMemory, Bytes: 4 * mib, Count: 1, Largest: 4 * mib, Point: -1},
					{Kind: profile.Files, Bytes: 5 * mib, Count: 9, Largest: 2 * mib, Name: "/lib/libc.so.6", Point: -1},
					{Kind: profile.OfTracker, Bytes: mib, Point: -1},
				},
				Points: []profile.ResidentPoint{
					{Point: 0, Bytes: 8 * mib, Blocks: 80_000, Rounding: mib, PinningBlocks: 30_000, PinningBytes: 3 * mib, PinnedPages: 30_000, PinnedBytes: 110 * mib},
					{Point: 1, Bytes: mib, Blocks: 10_000, Rounding: mib, PinningBlocks: 9000, PinningBytes: mib, PinnedPages: 9500, PinnedBytes: 30 * mib},
					{Point: 2, Bytes: mib, Blocks: 9, Rounding: mib, PinningBlocks: 9, PinningBytes: mib, PinnedPages: 500, PinnedBytes: 10 * mib},
				},
			},
			{
				Time: p.EndTime - p.EndTime/20, Last: true, LiveBytes: 1 * mib, LiveBlocks: 1,
				Parts: []profile.ResidentPart{{Kind: profile.LiveBlocks, Bytes: mib, Point: -1}, {Kind: profile.Files, Bytes: 6 * mib, Count: 1, Largest: 6 * mib, Name: "/lib/libc.so.6", Point: -1}},
			},
		},
	}}
	return p
}

// saved writes a profile to a file and returns its name.
func saved(t *testing.T, p *profile.Profile) string {
	t.Helper()
	file := t.TempDir() + "/p.json"
	p.Normalize()
	if err := format.WriteFile(file, wholefile.Options{}, p); err != nil {
		t.Fatal(err)
	}
	return file
}

func TestThePageOnResidentMemoryLooksAsTheGoldenFiles(t *testing.T) {
	file := saved(t, residentSample())
	for name, flags := range map[string]string{
		"resident.width80.txt": "", "resident.top1.txt": "--top 1", "resident.json": "--format json", "resident.csv": "--format csv", "resident.md": "--format markdown",
	} {
		var out, errs bytes.Buffer
		s := &console.Streams{Out: &out, Err: &errs, Width: 80}
		c := reports.NewReport(s, nil)
		c.SetArgs(append(strings.Fields(flags), "--resident", file))
		if err := c.Execute(); err != nil {
			t.Fatal(err)
		}
		golden(t, name, out.Bytes())
		if errs.Len() > 0 {
			t.Errorf("%s: it says %q", name, errs.String())
		}
		for line := range strings.Lines(out.String()) {
			if strings.HasSuffix(name, ".txt") && len([]rune(line)) > 81 {
				t.Errorf("%s: wider than 80 columns: %q", name, line)
			}
		}
	}
}

func TestAProfileWithoutReadingsSaysWhyItHasNone(t *testing.T) {
	for want, change := range map[string]func(p *profile.Profile){
		"heapprof run records it":                                 func(p *profile.Profile) { p.Recording, p.Columns = nil, profile.Lives },
		"where blocks are sampled":                                func(p *profile.Profile) { p.Sampling.MeanBytes = 1 << 20 },
		"before its memory was seen":                              func(p *profile.Profile) { p.Recording.AnonymousPeak = 0 },
		"no more than 2.00 MiB of its own memory was seen in RAM": func(p *profile.Profile) { p.Recording.AnonymousPeak = 2 << 20 },
		"an older heapprof recorded it":                           func(p *profile.Profile) { p.Recording.HasFacts = false },
		"before there was time to look":                           func(p *profile.Profile) {},
	} {
		p := residentSample()
		p.Recording.Resident, p.Recording.HasFacts = nil, true
		change(p)
		c := reports.NewReport(&console.Streams{Out: new(bytes.Buffer), Err: new(bytes.Buffer)}, nil)
		c.SilenceErrors, c.SilenceUsage = true, true
		c.SetArgs([]string{"--resident", saved(t, p)})
		if err := c.Execute(); err == nil || !strings.Contains(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v; want %q", err, want)
		}
	}
}
