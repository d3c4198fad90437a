//go:build linux && (amd64 || arm64)

package recordtest

import (
	"math"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/symbolize"
	"heapprof/internal/testkit"
)

// byFunction returns the sums of what was allocated below each of some functions.
func byFunction(p *profile.Profile, functions ...string) map[string]*profile.Point {
	sums := map[string]*profile.Point{}
	for _, name := range functions {
		sums[name] = &profile.Point{}
	}
	for i := range p.Points {
		for _, f := range stack(p, &p.Points[i]) {
			if sum, ok := sums[f.Function]; ok {
				sum.Add(&p.Points[i])
				break
			}
		}
	}
	return sums
}

// The same program is recorded by heapprof, block by block, and by jemalloc, which samples: what jemalloc's dump
// stands for is what there was, within six standard deviations of what its samples tell.
func TestDumpOfJemallocAgreesWithARecordingOfTheProgram(t *testing.T) {
	library := findLibrary(t, "libjemalloc.so.2")
	program := testkit.Build(t, "size_classes.c", "-O1")
	dir := t.TempDir()
	cmd := exec.Command(program)
	cmd.Env = append(os.Environ(), "LD_PRELOAD="+library, "MALLOC_CONF=prof:true,prof_final:true,prof_accum:true,lg_prof_sample:13,prof_prefix:"+filepath.Join(dir, "dump"))
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v\n%s", err, out)
	}
	dumps, _ := filepath.Glob(filepath.Join(dir, "dump.*.heap"))
	if len(dumps) != 1 {
		t.Skipf("this jemalloc writes no dump: it is built without --enable-prof")
	}
	dump, err := format.ReadFile(dumps[0])
	if err != nil {
		t.Fatal(err)
	}
	symbolize.Name(dump, symbolize.Options{})
	functions := []string{"small", "middle", "large"}
	estimates, exact := byFunction(dump, functions...), byFunction(record(t, nil, program).Profile, functions...)
	for _, name := range functions {
		got, want := estimates[name], exact[name]
		if want.TotalBlocks == 0 || got.Samples == nil {
			t.Errorf("%s: %d blocks were recorded, %+v sampled", name, want.TotalBlocks, got)
			continue
		}
		for _, n := range []struct {
			what      string
			got, want uint64
			margin    float64 // two standard deviations
		}{
			{"bytes in all", got.TotalBytes, want.TotalBytes, got.Samples.Total.BytesMargin()},
			{"blocks in all", got.TotalBlocks, want.TotalBlocks, got.Samples.Total.BlocksMargin()},
			{"bytes at the end", got.EndBytes, want.EndBytes, got.Samples.End.BytesMargin()},
			{"blocks at the end", got.EndBlocks, want.EndBlocks, got.Samples.End.BlocksMargin()},
		} {
			off := math.Abs(float64(n.got) - float64(n.want))
			t.Logf("%s, %s: ~%d ±%.0f of %d", name, n.what, n.got, n.margin, n.want)
			if off > 3*n.margin+1 {
				t.Errorf("%s, %s: ~%d ±%.0f by jemalloc's samples, and there were %d", name, n.what, n.got, n.margin, n.want)
			}
		}
	}
}
