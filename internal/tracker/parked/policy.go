package parked

import "time"

// Policy tells when a copy of a process is due, so that the last one is always one of nearly the peak. The zero
// Policy is for a process of which there is no copy.
type Policy struct {
	last time.Time // when the last copy was made
	held uint64    // bytes that lived then
	peak uint64    // most bytes that have lived
}

const (
	apart = 10 * time.Millisecond
)

// Due reports whether a copy is due now, when so many bytes live.
func (p *Policy) Due(now time.Time, live uint64) bool {
	p.peak = max(p.peak, live)
	if live <= p.held || now.Sub(p.last) < apart {
		return false
	}
	return live >= p.held+p.held/4 || (live <= p.peak-p.peak/50 && p.held < p.peak-p.peak/100*3)
}

// Made tells the policy of a copy that was made, or was tried in vain, when so many bytes lived, and how long the
// process was stopped for it.
func (p *Policy) Made(now time.Time, live uint64, took time.Duration) {
	p.last, p.held, p.peak = now, live, max(p.peak, live)
}
