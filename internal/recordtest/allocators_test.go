//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/cmd/wording"
	"heapprof/internal/dhat"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// What run says where it cannot see a heap, or not all of it.
const (
	strippedWords = "the names of its functions are stripped"
	hiddenWords   = "memory in no block: "
)

// TestEveryAllocatorIsSeen holds what programs counted of their own blocks against
// their profiles. Each block must be there once, though there are layers.
func TestEveryAllocatorIsSeen(t *testing.T) {
	for _, row := range allocatorRows() {
		t.Run(row.name, func(t *testing.T) {
			t.Parallel()
			bin := row.build(t)
			file := filepath.Join(t.TempDir(), "profile.json")
			flags := append([]string{"-o", file}, row.flags...)
			if row.refused == "" {
				flags = append(flags, "-q")
			}
			cmd := heapprofRun(flags, bin, row.args...)
			native := exec.Command(bin, row.args...)
			env := append(os.Environ(), row.env(t)...)
			cmd.Env, native.Env = env, env
			if row.refused != "" {
				wantRefusal(t, testkit.Run(t, cmd), testkit.Run(t, native), row.refused)
				return
			}
			r := recordCommand(t, cmd, file)
			wantNative(t, r.Result, testkit.Run(t, native))
			if r.Stderr != "" {
				t.Errorf("standard error: %q", r.Stderr)
			}
			if row.partial != "" {
				wantPartial(t, r, row)
				return
			}
			if n := r.Profile.Recording.Counts.LostEvents; n != 0 {
				t.Errorf("%d events were lost", n)
			}
			wantCounted(t, r, row)
		})
	}
}

// wantRefusal wants that run says why it sees nothing. It may leave the program
// alone, or run it as it runs natively.
func wantRefusal(t *testing.T, got, native testkit.Result, words string) {
	t.Helper()
	if !regexp.MustCompile(words).MatchString(got.Stderr) {
		t.Errorf("standard error is %q, which does not say %q", got.Stderr, words)
	}
	if got.Status != console.ExitNotExecutable {
		wantNative(t, got, native)
	}
}

// wantPartial wants that a profile says that calls are missing, and that what it has is
// right all the same: no more blocks than the program counted, and all those of a piece
// of work whose sizes are known only when it runs.
func wantPartial(t *testing.T, r recording, row allocatorRow) {
	t.Helper()
	if words := strings.Join(wording.NoteLines(r.Profile.Recording.Notes), "\n"); !regexp.MustCompile(row.partial).MatchString(words) {
		t.Errorf("the profile says %q, not %q", words, row.partial)
	}
	counts := testkit.Counts(r.Stdout)
	all, resized := sums{}, sums{}
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		if frames := stack(r.Profile, pt); row.own(frames) {
			all.add(pt)
			if passes(frames, "resize") {
				resized.add(pt)
			}
		}
	}
	if all.TotalBlocks > counts["total_blocks"] || all.TotalBytes > counts["total_bytes"] || all.TotalBlocks < counts["total_blocks"]*9/10 {
		t.Errorf("%d bytes in %d blocks, the program counted %d in %d", all.TotalBytes, all.TotalBlocks, counts["total_bytes"], counts["total_blocks"])
	}
	if resized.TotalBlocks != counts["resize_blocks"] || resized.TotalBytes != counts["resize_bytes"] {
		t.Errorf("of resize %d bytes in %d blocks, the program counted %d in %d", resized.TotalBytes, resized.TotalBlocks, counts["resize_bytes"], counts["resize_blocks"])
	}
	t.Logf("counted %d blocks, %d bytes; recorded %d, %d", counts["total_blocks"], counts["total_bytes"], all.TotalBlocks, all.TotalBytes)
}

func wantCounted(t *testing.T, r recording, row allocatorRow) {
	t.Helper()
	counts := testkit.Counts(r.Stdout)
	if counts["total_blocks"] == 0 {
		t.Fatalf("the program printed no counts: status %d\n%s%s", r.Status, r.Stdout, r.Stderr)
	}
	var all sums
	functions := make(map[string]*sums)
	for name := range row.blocks {
		functions[name] = new(sums)
	}
	for name := range counts {
		name, isBlocks := strings.CutSuffix(name, "_blocks")
		if isBlocks && !slices.Contains([]string{"total", "peak", "end", "nested", "asked"}, name) {
			functions[name] = new(sums)
		}
	}
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		frames := stack(r.Profile, pt)
		if !row.own(frames) {
			continue
		}
		all.add(pt)
		for name, s := range functions {
			if passes(frames, name) {
				s.add(pt)
			}
		}
	}
	for name, got := range map[string]uint64{
		"total_bytes": all.TotalBytes, "total_blocks": all.TotalBlocks,
		"peak_bytes": all.PeakBytes, "peak_blocks": all.PeakBlocks,
		"end_bytes": all.EndBytes, "end_blocks": all.EndBlocks,
	} {
		if got != counts[name] {
			t.Errorf("%s: the profile has %d, the program counted %d", name, got, counts[name])
		}
	}
	for name, got := range functions {
		if want, ok := row.blocks[name]; ok && got.TotalBlocks != want {
			t.Errorf("%d blocks of %s, want %d", got.TotalBlocks, name, want)
		}
		if want, ok := counts[name+"_blocks"]; ok && (got.TotalBlocks != want || got.TotalBytes != counts[name+"_bytes"]) {
			t.Errorf("%d bytes in %d blocks of %s, the program counted %d in %d",
				got.TotalBytes, got.TotalBlocks, name, counts[name+"_bytes"], want)
		}
	}
	t.Logf("counted %d blocks, %d bytes; recorded %d, %d", counts["total_blocks"], counts["total_bytes"], all.TotalBlocks, all.TotalBytes)
	if t.Failed() {
		t.Log(listPoints(r.Profile, 12))
	}
}

// passes reports whether a stack leads through a function of that name of a fixture's,
// or through one that stands in it.
func passes(frames []profile.Frame, function string) bool {
	return slices.ContainsFunc(frames, func(f profile.Frame) bool {
		name := f.Function
		for _, module := range []string{"work::pieces::", "in_arenas::"} {
			name = strings.TrimPrefix(name, module)
		}
		return name == function || strings.HasPrefix(name, function+"::")
	})
}

// listPoints lists the n largest points with the inner frames of their stacks.
func listPoints(p *profile.Profile, n int) string {
	points := slices.SortedFunc(slices.Values(p.Points), func(a, b profile.Point) int {
		return int(b.TotalBytes) - int(a.TotalBytes)
	})
	var b strings.Builder
	for _, pt := range points[:min(n, len(points))] {
		fmt.Fprintf(&b, "\n%d bytes in %d blocks, %d in %d at the end", pt.TotalBytes, pt.TotalBlocks, pt.EndBytes, pt.EndBlocks)
		for _, f := range pt.Stack.Frames()[:min(8, pt.Stack.Len())] {
			b.WriteString("\n    " + dhat.FormatFrame(&p.Frames[f]))
		}
	}
	return b.String()
}

// How many chunks and pages there are, and of what sizes, is the packages' business.
func TestReportNamesTheArenasAndPoolsOfRustsPackages(t *testing.T) {
	file := record(t, nil, testkit.BuildCargo(t, fixture.Cargo{Program: "in_arenas"})).File
	got := sitesByFunction(t, file)
	for function, want := range map[string]string{
		"bumpalo::Bump<_>::new_chunk":               "arena",
		"typed_arena::ChunkList<T>::reserve":        "arena",
		"sharded_slab::page::Shared<T,C>::allocate": "pool",
	} {
		if say, ok := got[function]; !ok || !strings.HasPrefix(say, want+" of ") || !strings.HasSuffix(say, ", doubling") {
			t.Errorf("of %s the report says %q (%t), want %s and doubling", function, say, ok, want)
		}
	}
}
