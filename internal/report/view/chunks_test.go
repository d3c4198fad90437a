package view

import (
	"fmt"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/testkit"
)

func TestArenasAndPoolsAreToldFromWhatLooksLikeThem(t *testing.T) {
	const kept, freed = 100, 0
	pages := profile.SizeRun{Size: 4096, Blocks: 64}
	doubled := reporttest.Runs(496, 1008, 2032, 4080, 8176)
	for _, c := range []struct {
		name, function string
		points         []profile.Point
		want           string
	}{
		{"chunks that double", "grow", []profile.Point{reporttest.PointOf(freed, doubled...)}, "arena: 5 from 496 to 8176, doubling"},
		{"pages that double, in a pool", "Pool::grow", []profile.Point{reporttest.PointOf(freed, doubled...)}, "pool: 5 from 496 to 8176, doubling"},
		{"chunks that grow by half", "grow", []profile.Point{reporttest.PointOf(freed, reporttest.Runs(1088, 1600, 2368, 3520, 5248, 7808)...)}, "arena: 6 from 1088 to 7808, growing"},
		{"growth that ends", "grow", []profile.Point{reporttest.PointOf(freed, append(reporttest.Runs(512, 1024, 2048, 4096), profile.SizeRun{Size: 8192, Blocks: 9})...)}, "arena: 13 from 512 to 8192, doubling"},
		{"chunks with a stack each, all kept", "grow", []profile.Point{reporttest.PointOf(1, reporttest.Runs(512)...), reporttest.PointOf(1, reporttest.Runs(2048)...), reporttest.PointOf(1, reporttest.Runs(1024)...), reporttest.PointOf(1, reporttest.Runs(4096)...)}, "arena: 4 from 512 to 4096, doubling"},
		{"pages of a pool", "pool_grow", []profile.Point{reporttest.PointOf(64, pages)}, "pool: 64 from 4096 to 4096, constant"},
		{"chunks of an obstack", "_obstack_newchunk", []profile.Point{reporttest.PointOf(64, pages)}, "arena: 64 from 4096 to 4096, constant"},
		{"mostly pages", "pool_grow", []profile.Point{reporttest.PointOf(64, pages), {TotalBytes: 2000, TotalBlocks: 50}}, "mostly pool: 64 from 4096 to 4096, constant"},
		{"several arenas, of different stacks", "grow", []profile.Point{reporttest.PointOf(freed, doubled...), reporttest.PointOf(freed, doubled[:4]...)}, "arena: 9 from 496 to 8176, doubling"},

		{"a leak", "handle", []profile.Point{reporttest.PointOf(64, pages)}, ""},
		{"a pool of threads", "ThreadPool::start", []profile.Point{reporttest.PointOf(64, pages)}, ""},
		{"half of it pages", "pool_grow", []profile.Point{reporttest.PointOf(64, pages), {TotalBytes: 200_000, TotalBlocks: 50}}, ""},
		{"a table that doubles with a stack each, each freed for the next", "grow", []profile.Point{reporttest.PointOf(freed, reporttest.Runs(512)...), reporttest.PointOf(freed, reporttest.Runs(1024)...), reporttest.PointOf(freed, reporttest.Runs(2048)...), reporttest.PointOf(1, reporttest.Runs(4096)...)}, ""},
		{"sizes of which some are unknown", "grow", []profile.Point{{TotalBytes: 4096 + 8192, TotalBlocks: 2}}, ""},
		{"a block that realloc doubled", "grow", []profile.Point{profile.Point{TotalBytes: 15 << 9, TotalBlocks: 4}.With(profile.Rest{Reallocs: 3})}, ""},
		{"three sizes", "grow", []profile.Point{reporttest.PointOf(3, reporttest.Runs(512, 1024, 2048)...)}, ""},
		{"sizes at random", "grow", []profile.Point{reporttest.PointOf(6, reporttest.Runs(700, 1500, 2900, 9000, 9100, 40000)...)}, ""},
		{"sizes that shrink", "grow", []profile.Point{reporttest.PointOf(4, reporttest.Runs(8192, 4096, 2048, 1024)...)}, ""},
		{"small sizes", "arena_grow", []profile.Point{reporttest.PointOf(1, reporttest.Runs(64)...), reporttest.PointOf(1, reporttest.Runs(128)...), reporttest.PointOf(1, reporttest.Runs(256)...), reporttest.PointOf(1, reporttest.Runs(512)...)}, ""},
		{"more large blocks than small ones", "grow", []profile.Point{reporttest.PointOf(6, reporttest.Runs(512, 1024, 1024, 2048, 4096)...)}, ""},
		{"three pages", "pool_grow", []profile.Point{reporttest.PointOf(3, profile.SizeRun{Size: 4096, Blocks: 3})}, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			p := &profile.Profile{Frames: testkit.Frames("[root]", "0x1: "+c.function+" (a.c:1)"), Points: c.points}
			table := frames.New(p)
			var row Row
			for i := range p.Points {
				p.Points[i].Stack = profile.StackOf(1)
				row.Sums.add(&p.Points[i])
				row.addCandidate(table, &p.Points[i], 0)
			}
			row.findChunks()
			if got := describe(row.Chunks); got != c.want {
				t.Errorf("got  %q\nwant %q", got, c.want)
			}
		})
	}
}

// describe writes what was recognised in a few words.
func describe(c *Chunks) string {
	if c == nil {
		return ""
	}
	mostly := ""
	if c.Mostly {
		mostly = "mostly "
	}
	return fmt.Sprintf("%s%s: %d from %d to %d, %s", mostly, c.Noun, c.Blocks, c.Least, c.Most, c.Growth)
}
