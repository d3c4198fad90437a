package parked

import (
	"math"
	"testing"
	"time"
)

// curve is how many bytes live when a part of a run is over, from 0 to 1.
type curve func(part float64) float64

const mib = 1 << 20

// ramp grows up to a part of the run, stands until another one, and falls to nothing by a third.
func ramp(top, until, stands, fallen float64) curve {
	return func(x float64) float64 {
		switch {
		case x < until:
			return top * x / until
		case x < stands:
			return top
		case x < fallen:
			return top * (fallen - x) / (fallen - stands)
		}
		return 0
	}
}

// simulated runs a program that lives by a curve, and returns how much of the peak the last copy holds, how many
// copies there were, and which part of the run they cost.
func simulated(lasts time.Duration, c curve) (held float64, copies int, cost float64) {
	const round = time.Millisecond // what the reader takes for one
	var p Policy
	var peak, last uint64
	var stopped time.Duration
	begun := time.Unix(0, 0)
	for at := time.Duration(0); at < lasts; at += round {
		live := uint64(c(float64(at) / float64(lasts)))
		peak = max(peak, live)
		if now := begun.Add(at + stopped); p.Due(now, live) {
			took := 400*time.Microsecond + time.Duration(float64(live)*30e6/(1<<30))
			stopped += took
			copies++
			last = live
			p.Made(now.Add(took), live, took)
		}
	}
	return float64(last) / float64(peak), copies, float64(stopped) / float64(lasts)
}

// TestTheLastCopyIsOfNearlyThePeakAndCopiesCostLittle has programs of all kinds of lives.
func TestTheLastCopyIsOfNearlyThePeakAndCopiesCostLittle(t *testing.T) {
	sawtooth := func(teeth, low, high float64) curve {
		return func(x float64) float64 { _, f := math.Modf(x * teeth); return low + (high-low)*f }
	}
	for name, c := range map[string]struct {
		lasts  time.Duration
		curve  curve
		held   float64 // at least
		copies int     // at most
		cost   float64 // at most
	}{
		"a large one that stands":          {10 * time.Second, ramp(1024*mib, 0.3, 0.9, 1), 0.97, 30, 0.023},
		"one that is freed as it was made": {10 * time.Second, ramp(1024*mib, 0.5, 0.5, 1), 0.95, 30, 0.023},
		"one that is freed fast":           {10 * time.Second, ramp(1024*mib, 0.9, 0.9, 0.92), 0.95, 40, 0.023},
		"a short one":                      {100 * time.Millisecond, ramp(20*mib, 0.8, 0.8, 1), 0.94, 15, 0.08},
		"one of half a second":             {500 * time.Millisecond, ramp(40*mib, 0.9, 0.9, 0.93), 0.93, 30, 0.07},
		"a very short one":                 {10 * time.Millisecond, ramp(mib/4, 0.5, 0.5, 1), 0.9, 5, 0.25},
		"a tiny one":                       {10 * time.Second, ramp(mib/4, 0.001, 0.99, 1), 0.95, 10, 0.0005},
		"a huge one":                       {20 * time.Second, ramp(8192*mib, 0.5, 0.9, 1), 0.97, 30, 0.04},
		"a leak":                           {time.Hour, ramp(2048*mib, 1, 1, 1), 0.95, 360, 0.001},
		"a sawtooth":                       {20 * time.Second, sawtooth(100, 100*mib, 200*mib), 0.95, 30, 0.023},
		"a sawtooth that grows":            {20 * time.Second, func(x float64) float64 { return sawtooth(100, 0, 1)(x) * 400 * mib * x }, 0.85, 120, 0.023},
		"a spike of 20 ms":                 {10 * time.Second, func(x float64) float64 { return 100*mib + ramp(100*mib, 0.001, 0.001, 0.002)(x-0.5)*step(x >= 0.5) }, 0.85, 20, 0.023},
		"a vector that doubles":            {5 * time.Second, doubling, 0.95, 40, 0.023},
	} {
		held, copies, cost := simulated(c.lasts, c.curve)
		t.Logf("%-34s %5.1f %% of the peak, %3d copies, %.2f %% of the run", name, 100*held, copies, 100*cost)
		if held < c.held || copies > c.copies || cost > c.cost {
			t.Errorf("%s: want %.1f %%, %d copies, %.2f %%", name, 100*c.held, c.copies, 100*c.cost)
		}
	}
}

func step(b bool) float64 {
	if b {
		return 1
	}
	return 0
}

// doubling is a vector that grows to 256 MiB: at each doubling the old one and the new one live for a moment.
func doubling(x float64) float64 {
	size := 64 * 1024.0
	elements := 256 * mib * x
	for size < elements {
		size *= 2
	}
	if copying := elements < size/2*1.02; copying {
		return size + size/2
	}
	return size
}

// TestACopyThatCannotBeMadeIsTriedAgainLater: soon at first, as for a thread that was in a vfork, and ever more seldom where it
// is forbidden.
func TestACopyThatCannotBeMadeIsTriedAgainLater(t *testing.T) {
	var p Policy
	begun := time.Unix(0, 0)
	var tries []time.Duration
	for at := time.Duration(0); at < 10*time.Second; at += time.Millisecond {
		if now := begun.Add(at); p.Due(now, 10*mib) {
			tries = append(tries, at)
			p.Missed(now, 100*time.Microsecond)
		}
	}
	if len(tries) < 5 || len(tries) > 12 || tries[1] > tries[0]+50*time.Millisecond {
		t.Errorf("tried at %v", tries)
	}
	p.Made(begun.Add(10*time.Second), 10*mib, time.Millisecond)
	if !p.Due(begun.Add(11*time.Second), 20*mib) {
		t.Error("none is due of twice as much once one was made")
	}
}

// TestAForkThatEndsSoonIsNotCopied: it has its parent's heap from its first moment on.
func TestAForkThatEndsSoonIsNotCopied(t *testing.T) {
	var p Policy
	begun := time.Unix(0, 0)
	for at := time.Duration(0); at < stands; at += time.Millisecond {
		if p.Due(begun.Add(at), 10*mib+uint64(at/time.Millisecond)*1000) {
			t.Fatalf("a copy is due after %v", at)
		}
	}
	if !p.Due(begun.Add(3*stands), 10*mib) {
		t.Error("none is due of one that lives on")
	}
}

// TestACopyOfLessThanTheLastOneIsNotTakenForIt: most may have been freed before the process stood.
func TestACopyOfLessThanTheLastOneIsNotTakenForIt(t *testing.T) {
	var p Policy
	begun := time.Unix(0, 0)
	p.Due(begun, 0)
	p.Made(begun.Add(100*time.Millisecond), 10*mib, time.Millisecond)
	p.Due(begun.Add(200*time.Millisecond), 15*mib)
	p.Made(begun.Add(200*time.Millisecond), 5*mib, time.Millisecond)
	if p.Due(begun.Add(400*time.Millisecond), 8*mib) {
		t.Error("a copy of 8 MiB is due, and there is one of 10")
	}
	if !p.Due(begun.Add(400*time.Millisecond), 12*mib) {
		t.Error("none is due of 12 MiB, of 15 at the peak, and there is only one of 10")
	}
}
