//go:build linux && (amd64 || arm64)

package clock

import (
	"testing"
	"time"
)

func TestStampsBecomeTheTimeThatTheSystemMeasures(t *testing.T) {
	c := New(Stamp)
	begin, began := Stamp(), time.Now()
	time.Sleep(20 * time.Millisecond)
	end, passed := Stamp(), time.Since(began)
	num, den := c.Rate()
	got := time.Duration(float64(end-begin) * float64(num) / float64(den) * 1000)
	if got < passed/2 || got > passed*2 { // between the two readings of each, others may run
		t.Errorf("%d ticks are %v, and %v passed", end-begin, got, passed)
	}
}
