//go:build linux && (amd64 || arm64)

package recordtest

import (
	"math"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// What is exact is the program's own count, what is estimated comes with
// the samples that it is from, and the summary tells one from the other.
func TestSampledRunTellsEstimatesFromWhatItCounted(t *testing.T) {
	const blocks, mean = 200_000, 16 << 10
	var bytes uint64
	for i := range uint64(blocks) {
		bytes += 16 + i&63
	}
	bin := testkit.Build(t, "bench_tight.c")
	r := record(t, []string{"--sample=16KiB"}, bin, "4", "200000")
	want := profile.Sampling{MeanBytes: mean, ExactBytes: bytes, ExactBlocks: blocks}
	if got := r.Profile.Sampling; got != want {
		t.Fatalf("the sampling is %+v, not %+v", got, want)
	}
	sum := r.Profile.Totals()
	if sum.Samples == nil {
		t.Fatal("no samples")
	}
	// Five roots of the variance: chance alone is farther off once in a million runs.
	off := math.Abs(float64(sum.TotalBytes) - float64(bytes))
	if s := sum.Samples.Total; s.Blocks < 300 || s.Blocks > 1000 || off > 5*math.Sqrt(s.BytesVariance) {
		t.Errorf("%d bytes are estimated from %+v, of %d", sum.TotalBytes, s, bytes)
	}
	if sum.Samples.End.Blocks != 0 || sum.EndBlocks != 0 {
		t.Errorf("%d sampled blocks are live at the end, though all were freed", sum.Samples.End.Blocks)
	}

	result := testkit.Run(t, heapprofRun([]string{"--sample", "16KiB", "-o", t.TempDir() + "/p.json"}, bin, "4", "200000"))
	for _, line := range []string{
		"\nallocated     9.06 MiB in 200,000 blocks\n",
		"\nlive at exit  no sampled block: less than 48.0 KiB, in 19 cases of 20\n",
		"\nnote          numbers with a ~ are estimates from ",
	} {
		if !strings.Contains(result.Stderr, line) {
			t.Errorf("the summary lacks %q:\n%s", line, result.Stderr)
		}
	}
}
