//go:build linux && amd64

package recordtest

import (
	"path/filepath"
	"slices"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// sampledRows are the names of the allocators' programs that are sampled: one without layers,
// one with Rust's over the C library's, allocators that are linked in, and static programs.
var sampledRows = []string{"Rust: on_system", "C: mimalloc linked", "C: tcmalloc linked", "C++: its own operator new over malloc", "C: -static"}

// TestSampledBlocksAreThoseThatTheProgramCounted samples one block in each byte, which is
// nearly every block: what a program has counted must come out but for those of a few bytes.
// So each block is sampled once, though there are layers, and its end is seen.
func TestSampledBlocksAreThoseThatTheProgramCounted(t *testing.T) {
	found := 0
	for _, row := range allocatorRows() {
		if !slices.Contains(sampledRows, row.name) {
			continue
		}
		found++
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bin := row.build(t)
			file := filepath.Join(t.TempDir(), "profile.json")
			r := recordCommand(t, heapprofRun(append([]string{"-q", "--sample=1", "-o", file}, row.flags...), bin, row.args...), file)
			if n := r.Profile.Recording.Counts; n.LostEvents != 0 || n.UnknownFrees != 0 {
				t.Errorf("%+v", n)
			}
			var own profile.Point
			for i := range r.Profile.Points {
				if pt := &r.Profile.Points[i]; row.own(stack(r.Profile, pt)) {
					own.Add(pt)
				}
			}
			counts := testkit.Counts(r.Stdout)
			for name, got := range map[string]uint64{
				"total_bytes": own.TotalBytes, "total_blocks": own.TotalBlocks, "end_bytes": own.EndBytes, "end_blocks": own.EndBlocks,
			} {
				want, counted := counts[name]
				if !counted && row.blocks == nil {
					t.Errorf("the program does not tell %s", name)
				}
				if off := max(got, want) - min(got, want); counted && off > 10+want/500 {
					t.Errorf("%s: %d, the program counted %d", name, got, want)
				}
			}
		})
	}
	if found != len(sampledRows) {
		t.Errorf("%d of %d programs are there", found, len(sampledRows))
	}
}

// TestTotalsOfASampledRunAreThoseOfAnExactOne is for what threads count: each block once, and
// what resizes, too.
func TestTotalsOfASampledRunAreThoseOfAnExactOne(t *testing.T) {
	for _, row := range allocatorRows() {
		if !slices.Contains(sampledRows, row.name) {
			continue
		}
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bin := row.build(t)
			var totals [2]profile.Point
			for i, flag := range []string{"-q", "--sample=64KiB"} {
				file := filepath.Join(t.TempDir(), "profile.json")
				r := recordCommand(t, heapprofRun(append([]string{"-q", flag, "-o", file}, row.flags...), bin, row.args...), file)
				totals[i] = r.Profile.Totals()
				if s := r.Profile.Sampling; s.HasTotals() {
					totals[i].TotalBytes, totals[i].TotalBlocks = s.ExactBytes, s.ExactBlocks
				} else if i > 0 {
					t.Error("the totals are not exact")
				}
			}
			if totals[0].TotalBytes != totals[1].TotalBytes || totals[0].TotalBlocks != totals[1].TotalBlocks {
				t.Errorf("%d bytes in %d blocks, not %d in %d", totals[1].TotalBytes, totals[1].TotalBlocks, totals[0].TotalBytes, totals[0].TotalBlocks)
			}
		})
	}
}

// TestForkedChildrenFreeWhatTheirParentSampled has each child know which blocks of its
// parent's were sampled, however it was forked.
func TestForkedChildrenFreeWhatTheirParentSampled(t *testing.T) {
	bin := testkit.Build(t, "forks.c")
	for _, way := range []string{"fork", "raw", "_Fork"} {
		t.Run(way, func(t *testing.T) {
			t.Parallel()
			dir, counts := t.TempDir(), filepath.Join(t.TempDir(), "counts")
			result := testkit.Run(t, heapprofRun([]string{"-q", "--children", "--sample=1", "-o", filepath.Join(dir, "p.json")}, bin, way, counts))
			r := readFamily(t, result, dir, counts)
			if len(r.Children) != 1 || len(r.Counts) != 2 {
				t.Fatalf("%d children, counts %+v", len(r.Children), r.Counts)
			}
			for _, child := range r.Children {
				for _, c := range r.Counts {
					own := ownSums(child, "forks.c")
					if off := max(own.EndBytes, c.EndBytes) - min(own.EndBytes, c.EndBytes); c.pid == child.PID && (off > 10 || own.EndBlocks > c.EndBlocks+1) {
						t.Errorf("%+v, the child counted %+v", own, c)
					}
				}
			}
		})
	}
}

// TestTotalsAreNotExactWhereMemoryRanOut: calls that are passed on at once are counted before they
// are made, so that some may be counted that failed. A call for more than there ever is says nothing.
func TestTotalsAreNotExactWhereMemoryRanOut(t *testing.T) {
	bin := testkit.Build(t, "exhausted.c")
	for _, test := range []struct {
		args  []string
		exact bool
	}{{nil, false}, {[]string{"enough"}, true}} {
		file := filepath.Join(t.TempDir(), "profile.json")
		r := recordCommand(t, heapprofRun([]string{"-q", "--sample", "-o", file}, bin, test.args...), file)
		blocks := testkit.Counts(r.Stdout)["total_blocks"]
		if got := r.Profile.Sampling; got.HasTotals() != test.exact || (test.exact && got.ExactBlocks != blocks) {
			t.Errorf("%v: %+v; the program counted %d", test.args, got, blocks)
		}
	}
}
