//go:build linux && amd64

package tracker

import (
	"testing"

	"heapprof/internal/testkit"
)

// TestArm64BlocksAreSampled holds what is sampled of programs of arm64 against what they
// count, with a sample in nearly each byte, and what their threads count where few blocks
// are sampled.
func TestArm64BlocksAreSampled(t *testing.T) {
	for _, source := range []string{"queue.c", "threads.c"} {
		t.Run(source, func(t *testing.T) {
			bin := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", source, "-O0", "-g")
			result, output := runArm64Asked(t, Options{Sample: 1}, installArm64(t), bin)
			_, own := ownStacks(result.Profile, source)
			counts := testkit.Counts(output)
			for name, got := range map[string]uint64{
				"total_bytes": own.TotalBytes, "total_blocks": own.TotalBlocks,
				"end_bytes": own.EndBytes, "end_blocks": own.EndBlocks,
			} {
				want, counted := counts[name]
				if off := max(got, want) - min(got, want); !counted || off > 10+want/200 {
					t.Errorf("%s: the profile has %d, the program counted %d", name, got, want)
				}
			}
			all := result.Profile.Totals()
			few, _ := runArm64Asked(t, Options{Sample: 64 << 10}, installArm64(t), bin)
			s, n := few.Profile.Sampling, few.Profile.Totals().Samples
			if off := max(s.ExactBytes, all.TotalBytes) - min(s.ExactBytes, all.TotalBytes); !s.HasTotals() || off > 10+all.TotalBytes/200 {
				t.Errorf("%d bytes in %d blocks were counted, and recorded %d in %d", s.ExactBytes, s.ExactBlocks, all.TotalBytes, all.TotalBlocks)
			}
			if n != nil && n.Total.Blocks > 10+4*all.TotalBytes/(64<<10) {
				t.Errorf("%d samples of %d bytes", n.Total.Blocks, all.TotalBytes)
			}
		})
	}
}
