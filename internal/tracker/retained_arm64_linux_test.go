//go:build linux && amd64

package tracker

import (
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestArm64ProgramsHaveFreshBlocksAndEndAsEver runs under qemu, which lets nobody copy the process:
// what is there to hold is that blocks are fresh, and that the hooks of exit let the program go on. Nor
// does it let the break be moved, so that it is fenced.
func TestArm64ProgramsHaveFreshBlocksAndEndAsEver(t *testing.T) {
	library := installArm64(t)
	o := Options{Retained: Retained{Exit: true}}
	fresh := testkit.BuildWith(t, "aarch64-linux-gnu-g++", "fresh.cc", "-std=c++17", "-O1", "-no-pie")
	result, output := runArm64Asked(t, o, library, fresh)
	if result.ExitCode != 0 || strings.Count(output, ": 0 dirty, 0 touching, 0 wrong\n") != 13 || !strings.Contains(output, "blocks are above 4 GiB, the break is below, sbrk fails") {
		t.Errorf("status %d, signal %d\n%s", result.ExitCode, result.Signal, output)
	}
	leaving := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", "leaving.c", "-O1")
	for _, way := range []string{"vfork", "fork", "twice", "handler", "many"} {
		result, output := runArm64Asked(t, o, library, leaving, way)
		if result.ExitCode != 7 || strings.Count(output, "leaves\n") == 0 {
			t.Errorf("%s: status %d, signal %d\n%s", way, result.ExitCode, result.Signal, output)
		}
		for _, n := range result.Profile.Recording.Notes {
			if n.Code == profile.ExitNotCopied && n.Causes[0].Code != profile.NotCopied {
				t.Errorf("%s: the exit was not met: %+v", way, n)
			}
		}
	}
}
