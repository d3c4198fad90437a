package parked

import "time"

// Policy tells when a copy of a process is due, so that the last one is of nearly the peak and the copies cost
// little of the run. The zero Policy is for a process of which there is no copy yet.
//
// There are three reasons for a copy. While the heap grows, each is worth only so much as its end is near, which nobody
// knows: one is made when the heap has grown by a quarter, or by less if many more can be afforded. Once it has stood still for a while, or has
// begun to fall, what is missing is worth more. So all copies together may take a fiftieth of the time, and more of the
// first second; one for growth is made only within that, one of a heap that stands as long as that has not been used up, and
// one for a fall even if it has been, by no more than one copy.
type Policy struct {
	begun time.Time // when the policy was asked first
	given uint64    // bytes that lived then: a fork's, which its parent has made
	last  time.Time // when the last copy was made
	held  uint64    // bytes that lived then
	peak  uint64    // most bytes that have lived

	top      uint64    // bytes that lived when the heap last grew noticeably
	standing time.Time // when that was

	missed int // how many copies in a row could not be made

	spent   time.Duration // what all copies have cost
	fixed   time.Duration // what a copy costs, however small the heap
	perByte float64       // and what each byte adds, in nanoseconds
}

const (
	share  = 50                   // copies may take this part of the time
	credit = 5 * time.Millisecond // and so much besides, for programs that do not run long

	// And this part of the time until then besides: a copy costs a small heap some tenths of a millisecond, and what
	// is made of it in the end costs more than all copies together.
	earlyShare = 20
	early      = time.Second

	apart      = 10 * time.Millisecond // copies are so far apart, or by this part of the time if that is less,
	apartShare = 50
	soonApart  = 2 * time.Millisecond // but so far; and so far where much more lives now than in the last one
	missedMost = 10                   // each copy that could not be made doubles how long the next waits, so often at most

	stands   = 20 * time.Millisecond // a heap stands that has not grown for so long,
	standsOf = 50                    // and for this part of the time since the last copy

	many = 4 // while more copies than these can be afforded, the heap needs to grow by less than a quarter

	// Where nothing has been measured yet: what a copy costs, and what a GiB adds to it.
	firstFixed   = 500 * time.Microsecond
	firstPerByte = 30e6 / (1 << 30)

	// What the process pays later for each byte: the kernel copies what it writes to, which costs 206 ms a GiB, and
	// most heaps are not written to as a whole before the next copy takes the place of this one.
	laterPerByte = 50e6 / (1 << 30)

	measurable = 16 << 20 // of a copy of so many bytes most of the time is due to their number
)

// Due reports whether a copy is due now, when so many bytes live.
func (p *Policy) Due(now time.Time, live uint64) bool {
	p.follow(now, live)
	if live <= p.held {
		return false
	}
	lasted := now.Sub(p.begun)
	wait := max(min(apart, lasted/apartShare), soonApart)
	if p.missed > 0 {
		wait <<= min(p.missed, missedMost)
	} else if live-p.held >= p.held/4 {
		wait = soonApart
	}
	if !p.last.IsZero() && now.Sub(p.last) < wait {
		return false
	}
	cost := p.cost(live)
	left := credit + lasted/share + min(lasted, early)/earlyShare - p.spent
	switch {
	case p.held >= p.peak-p.peak/100*3: // it has enough of it
		return false
	case live <= p.peak-p.peak/50:
		return left >= -cost
	case p.isStanding(now):
		return left >= 0
	default:
		from := max(p.held, p.given)
		return left >= cost && live > from && float64(live-from) >= float64(from)/4*min(1, many*float64(cost)/float64(left))
	}
}

// follow takes note of how many bytes live.
func (p *Policy) follow(now time.Time, live uint64) {
	if p.begun.IsZero() {
		p.begun, p.given, p.fixed, p.perByte = now, live, firstFixed, firstPerByte
	}
	p.peak = max(p.peak, live)
	if live > p.top+p.top/100 {
		p.top, p.standing = live, now
	}
}

// isStanding reports whether the heap has neither grown nor fallen for a while.
func (p *Policy) isStanding(now time.Time) bool {
	since := p.last
	if since.IsZero() {
		since = p.begun
	}
	return now.Sub(p.standing) >= max(stands, p.standing.Sub(since)/standsOf)
}

// cost returns what a copy of so many bytes is likely to cost.
func (p *Policy) cost(live uint64) time.Duration {
	return p.fixed + time.Duration(float64(live)*(p.perByte+laterPerByte))
}

// Made tells the policy of a copy that was made when so many bytes lived, and how much processor time it took. Where
// the last one has more, that is the one to keep.
func (p *Policy) Made(now time.Time, live uint64, took time.Duration) {
	p.follow(now, live)
	p.last, p.held, p.missed = now, max(p.held, live), 0
	p.top, p.standing = live, now
	p.spent += took + time.Duration(float64(live)*laterPerByte)
	// A measurement counts for half: the next may have to wait for a processor less, or more.
	if live >= measurable {
		p.perByte = (p.perByte + float64(max(took-p.fixed, 0))/float64(live)) / 2
	} else {
		p.fixed = (p.fixed + took) / 2
	}
}

// Missed tells the policy of a copy that could not be made, and how long was tried. What the last one holds is still all
// there is.
func (p *Policy) Missed(now time.Time, took time.Duration) {
	p.last = now
	p.missed++
	p.spent += min(took, p.fixed) // most of it was waiting
}
