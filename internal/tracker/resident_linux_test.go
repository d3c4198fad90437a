//go:build linux && (amd64 || arm64)

package tracker

import (
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// settledResident waits for a reading of what is resident that was begun when the program had
// come to wait, and returns the profile and what the kernel said meanwhile.
func settledResident(t *testing.T, p *paused) (*profile.Profile, procfs.Memory) {
	t.Helper()
	memory, err := procfs.Process(p.program.PID).Memory()
	if err != nil {
		t.Fatal(err)
	}
	last, made := p.target.stamp(), 0
	for deadline := time.Now().Add(20 * time.Second); made < 2; time.Sleep(5 * time.Millisecond) { // the first may have been begun before
		if s, ok := p.reader.Snapshot(0); ok && len(s.Resident.Readings) > 0 {
			if stamp := s.Resident.Readings[len(s.Resident.Readings)-1].Stamp; stamp > last {
				last, made = stamp, made+1
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("nothing is read of it")
		}
	}
	return p.end(t).Profile, memory
}

func TestResidentMemoryIsOfItsCausesAndAddsUp(t *testing.T) {
	program := testkit.Build(t, "resident.c", "-O0", "-g", "-pthread")
	kinds := map[string]profile.ResidentKind{
		"pinned": profile.Pinned, "below": profile.FreeHeap, "arenas": profile.FreeArenas, "stacks": profile.ThreadStacks, "mapped": profile.MappedByProgram,
		"shared": profile.SharedMemory, "variables": profile.StaticData, "rounded": profile.Rounding, "untouched": profile.StaticData,
	}
	const mib = 1 << 20
	for _, causes := range []string{"pinned,arenas,stacks,mapped,shared,variables", "below,untouched", "rounded"} {
		t.Run(causes, func(t *testing.T) {
			p := startPausedProgram(t, program, causes)
			counts := p.turn(t, true)
			made, memory := settledResident(t, p)
			readings := made.Recording.Resident.Readings
			r := &readings[len(readings)-1] // the last one
			if total := r.Total(); total < memory.Resident-memory.Resident/50 || total > memory.Resident+memory.Resident/50 {
				t.Errorf("the parts add up to %d bytes; the kernel says %d", total, memory.Resident)
			}
			for cause := range strings.SplitSeq(causes, ",") {
				// A part has what a page begins with or ends, too, the program's own tables, and what its threads
				// and the C library need.
				if part := r.Part(kinds[cause]); part.Bytes < counts[cause]-mib/16 || part.Bytes > counts[cause]+4*mib {
					t.Errorf("%s: %+v; the program says %v", cause, part, counts)
				}
			}
			if top := r.Part(profile.FreeHeap).Point; counts["below"] > 0 && (top < 0 || made.Frames[made.Points[top].Stack.At(0)].Function != "keep") {
				t.Errorf("what is free in the heap is kept by point %d", top)
			}
			if r.LiveBytes < counts["live"] || r.LiveBytes > counts["live"]+mib/16 {
				t.Errorf("%d bytes are live; the program says %v", r.LiveBytes, counts)
			}
			if made.Recording.Allocator != "glibc" {
				t.Errorf("the allocator is %q", made.Recording.Allocator)
			}
			checkPins(t, made, r, counts["pages"])
		})
	}
}

// checkPins fails the test unless the points' shares of pinned memory are all of it, and resident.c's
// function keep pins at least so many pages.
func checkPins(t *testing.T, made *profile.Profile, r *profile.ResidentReading, pages uint64) {
	t.Helper()
	var sum profile.ResidentPoint
	for _, p := range r.Points {
		sum.PinnedBytes += p.PinnedBytes
		if made.Frames[made.Points[p.Point].Stack.At(0)].Function == "keep" {
			sum.PinnedPages += p.PinnedPages
			sum.PinningBlocks += p.PinningBlocks
		}
	}
	if sum.PinnedPages < pages || sum.PinningBlocks < pages {
		t.Errorf("%d blocks of keep pin %d pages; the program says %d", sum.PinningBlocks, sum.PinnedPages, pages)
	}
	if part := r.Part(profile.Pinned); sum.PinnedBytes != part.Bytes {
		t.Errorf("the points pin %d bytes of %+v", sum.PinnedBytes, part)
	}
}
