//go:build linux && amd64

package recordtest

import (
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
	"heapprof/internal/testkit/fixture"
)

// TestDhatRSAndHeapprofAgree has one run of a program profiled by both: dhat-rs is
// the allocator in it. Blocks that dhat-rs makes for itself are in our profile only.
func TestDhatRSAndHeapprofAgree(t *testing.T) {
	bin := testkit.BuildCargo(t, fixture.Cargo{Program: "on_dhat"})
	theirFile := filepath.Join(t.TempDir(), "dhat-heap.json")
	r := record(t, nil, bin, theirFile)
	native := testkit.Run(t, exec.Command(bin, filepath.Join(t.TempDir(), "dhat-heap.json")))
	// Its last line names the file.
	if got, want := firstLines(r.Stderr, 3), firstLines(native.Stderr, 3); r.Status != native.Status || got != want {
		t.Errorf("status %d and standard error\n%s\nnatively %d and\n%s", r.Status, got, native.Status, want)
	}
	if n := r.Profile.Recording.Counts.LostEvents; n != 0 {
		t.Errorf("%d events were lost", n)
	}
	theirs, err := format.ReadFile(theirFile)
	if err != nil {
		t.Fatal(err)
	}

	got, want := make(map[string]lived), make(map[string]lived)
	var ours, peak sums // of summit, whose blocks all live at the peak
	for i := range r.Profile.Points {
		pt := &r.Profile.Points[i]
		if frames := belowRustAllocators(stack(r.Profile, pt)); seenByDhatRS(frames) {
			addLived(got, frames, pt)
			if passes(frames, "summit") {
				ours.PeakBytes += pt.Rest().MaxBytes
				ours.PeakBlocks += pt.Rest().MaxBlocks
			}
		}
	}
	for i := range theirs.Points {
		pt := &theirs.Points[i]
		frames := stack(theirs, pt)
		addLived(want, frames, pt)
		if passes(frames, "summit") {
			peak.PeakBytes += pt.PeakBytes
			peak.PeakBlocks += pt.PeakBlocks
		}
	}
	if ours != peak {
		t.Errorf("summit: %+v, dhat-rs has %+v", ours, peak)
	}
	if len(want) != len(rustPieces)+2 {
		t.Errorf("dhat-rs has blocks of %d pieces of %d, and the rest, and all", len(want)-2, len(rustPieces))
	}
	counts := testkit.Counts(r.Stdout)
	for name, w := range want {
		if g := got[name]; g != w {
			t.Errorf("%s: %+v, dhat-rs has %+v", name, g, w)
		}
		if n, ok := counts[name+"_blocks"]; ok && (w.TotalBlocks != n || w.TotalBytes != counts[name+"_bytes"]) {
			t.Errorf("%s: dhat-rs has %+v, the program counted %d bytes in %d blocks", name, w, counts[name+"_bytes"], n)
		}
	}
	if t.Failed() {
		t.Log(listPoints(r.Profile, 12))
	}
}

// lived is what two profiles can be compared by. Not the peak, which is ours when
// dhat-rs writes its own, and not the points' maxima, for dhat-rs has one point
// where a stack differs in the allocator's own functions only.
type lived struct {
	TotalBytes, TotalBlocks uint64
	EndBytes, EndBlocks     uint64
}

var rustPieces = []string{"plant", "grow", "spell", "resize", "clear", "align", "trade", "leak", "summit"}

// addLived adds a point to its piece of the work and to all.
func addLived(to map[string]lived, frames []profile.Frame, pt *profile.Point) {
	piece := "the rest"
	if i := slices.IndexFunc(rustPieces, func(name string) bool { return passes(frames, name) }); i >= 0 {
		piece = rustPieces[i]
	}
	for _, name := range []string{piece, "all"} {
		s := to[name]
		s.TotalBytes += pt.TotalBytes
		s.TotalBlocks += pt.TotalBlocks
		s.EndBytes += pt.EndBytes
		s.EndBlocks += pt.EndBlocks
		to[name] = s
	}
}

// belowRustAllocators cuts the layers of allocators from the top of a stack.
func belowRustAllocators(frames []profile.Frame) []profile.Frame {
	own := slices.IndexFunc(frames, func(f profile.Frame) bool {
		return !strings.Contains(f.Function, "GlobalAlloc>::") && !strings.HasPrefix(f.Function, "std::sys::alloc::") &&
			!strings.HasPrefix(f.Function, "work::counting::") && !strings.HasPrefix(f.Function, "__rustc::__rust_")
	})
	if own < 0 {
		return nil
	}
	return frames[own:]
}

// seenByDhatRS reports whether a stack without its allocators is of a block that
// dhat-rs has as well: of Rust, after its profiler began, and not of its own.
func seenByDhatRS(frames []profile.Frame) bool {
	mainThread, work := false, false
	for _, f := range frames {
		switch {
		case strings.HasPrefix(f.Function, "work::pieces::"):
			work = true
		case strings.HasPrefix(f.Function, "std::rt::"):
			mainThread = true
		case strings.Contains(f.Function, "dhat::") && !strings.HasPrefix(f.Function, "on_dhat::"):
			return false
		}
	}
	return isRust(frames) && (work || !mainThread)
}

func firstLines(s string, n int) string {
	lines := strings.SplitAfterN(s, "\n", n+1)
	return strings.Join(lines[:min(n, len(lines))], "")
}
