//go:build linux && amd64

package tracker

import (
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

func TestArm64MappingsAreWhatTheProgramCounted(t *testing.T) {
	program := testkit.BuildWith(t, "aarch64-linux-gnu-gcc", "mappings.c", "-O0", "-g")
	for _, args := range [][]string{nil, {"threads"}} {
		result, output := runArm64Asked(t, Options{Mappings: true}, installArm64(t), program, args...)
		m := result.Profile.OfMappings()
		if m == nil || result.ExitCode != 0 || result.Signal != 0 {
			t.Fatalf("%q: status %d, signal %d, mappings %v\n%s", args, result.ExitCode, result.Signal, m, output)
		}
		var own profile.Point
		for i := range m.Points {
			for _, f := range m.Points[i].Stack.All() {
				if name := m.Frames[f].Function; name == "work" || name == "move_break" {
					own.Add(&m.Points[i])
					break
				}
			}
		}
		counts := testkit.Counts(output)
		if own.TotalBytes != counts["mapped"] || own.TotalBlocks != counts["mappings"] || own.EndBytes != counts["live"] {
			t.Errorf("%q: got %d bytes in %d mappings, %d at the end; the program counted %s", args, own.TotalBytes, own.TotalBlocks, own.EndBytes, output)
		}
	}
}
