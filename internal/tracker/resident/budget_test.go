//go:build linux

package resident

import (
	"testing"
	"time"

	"heapprof/internal/procfs"
)

func TestReadingsTakeNoMoreThanTheirShareOfTheRun(t *testing.T) {
	var b budget
	now := Moment{Memory: procfs.Memory{Resident: 400 << 20}, Blocks: 1_000_000}
	const took = 150 * time.Millisecond // more than is expected
	var readings int
	for run := time.Duration(0); run < 100*time.Second; run += 10 * time.Millisecond {
		allowed := allowed(run, run/2)
		if b.share(&now, allowed) <= 1 {
			b.spend(took / 4)
			b.done(took * 3 / 4)
			readings++
		}
		if most := run/100 + took; b.spent > most {
			t.Fatalf("after %v they have taken %v", run, b.spent)
		}
	}
	if readings < 5 {
		t.Errorf("only %d readings were made", readings)
	}
}
