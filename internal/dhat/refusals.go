package dhat

import (
	"errors"
	"fmt"
	"math/bits"

	"heapprof/internal/profile"
)

// refusalsJSON is what failed in a file, and the limit that there was.
type refusalsJSON struct {
	Limit    *limitJSON    `json:"limit"`    // nil: there was none
	Refusals []refusalJSON `json:"refusals"` // nil: nobody looked for them
}

// limitJSON is a profile.Limit in a file.
type limitJSON struct {
	Bytes   uint64        `json:"bytes,omitempty"`
	Blocks  uint64        `json:"blocks,omitempty"`
	Action  string        `json:"action"`
	Crossed *crossingJSON `json:"crossed,omitempty"`
}

// crossingJSON is a profile.Crossing in a file.
type crossingJSON struct {
	Bytes      uint64   `json:"bytes"`
	OfBlocks   bool     `json:"ofBlocks,omitempty"`
	Time       uint64   `json:"time"`
	Mark       string   `json:"mark,omitempty"`
	LiveBytes  uint64   `json:"liveBytes"`
	LiveBlocks uint64   `json:"liveBlocks"`
	Stack      []uint32 `json:"fs"`
}

// refusalJSON is a profile.Refusal in a file.
type refusalJSON struct {
	By         string   `json:"by"`
	Times      uint64   `json:"times"`
	Bytes      uint64   `json:"bytes"`
	LeastBytes uint64   `json:"leastBytes"`
	MostBytes  uint64   `json:"mostBytes"`
	Time       uint64   `json:"time"`
	LastTime   uint64   `json:"lastTime"`
	Mark       string   `json:"mark,omitempty"`
	LiveBytes  uint64   `json:"liveBytes"`
	LiveBlocks uint64   `json:"liveBlocks"`
	Stack      []uint32 `json:"fs"`
}

// newRefusalsJSON returns what failed, and the limit, as they stand in a file.
func newRefusalsJSON(r *profile.Recording) (j refusalsJSON) {
	if l := r.Limit; l != nil {
		j.Limit = &limitJSON{Bytes: l.Bytes, Blocks: l.Blocks, Action: string(l.Action)}
		if c := l.Crossed; c != nil {
			j.Limit.Crossed = &crossingJSON{c.Bytes, c.Blocks, c.Time, c.Mark, c.LiveBytes, c.LiveBlocks, stackJSON(c.Stack)}
		}
	}
	if r.Refusals == nil {
		return j
	}
	j.Refusals = []refusalJSON{}
	for i := range r.Refusals {
		one := &r.Refusals[i]
		j.Refusals = append(j.Refusals, refusalJSON{
			By: string(one.By), Times: one.Times, Bytes: one.Bytes, LeastBytes: one.LeastBytes, MostBytes: one.MostBytes,
			Time: one.Time, LastTime: one.LastTime, Mark: one.Mark, LiveBytes: one.LiveBytes, LiveBlocks: one.LiveBlocks, Stack: stackJSON(one.Stack),
		})
	}
	return j
}

// stackJSON returns a stack that is written as a list, also if it is empty.
func stackJSON(stack []uint32) []uint32 {
	if stack == nil {
		return []uint32{}
	}
	return stack
}

// limit returns the limit that j stands for; nil where there was none.
func (j *refusalsJSON) limit() *profile.Limit {
	if j.Limit == nil {
		return nil
	}
	l := &profile.Limit{Bytes: j.Limit.Bytes, Blocks: j.Limit.Blocks, Action: profile.LimitAction(j.Limit.Action)}
	if c := j.Limit.Crossed; c != nil {
		l.Crossed = &profile.Crossing{
			Stack: c.Stack, Bytes: c.Bytes, Blocks: c.OfBlocks, Time: c.Time, Mark: c.Mark, LiveBytes: c.LiveBytes, LiveBlocks: c.LiveBlocks,
		}
	}
	return l
}

// refusals returns what failed; nil where nobody looked. The frames are not checked.
func (j *refusalsJSON) refusals() []profile.Refusal {
	if j.Refusals == nil {
		return nil
	}
	all := make([]profile.Refusal, 0, len(j.Refusals))
	for i := range j.Refusals {
		one := &j.Refusals[i]
		all = append(all, profile.Refusal{
			Stack: one.Stack, By: profile.RefusedBy(one.By), Times: one.Times, Bytes: one.Bytes, LeastBytes: one.LeastBytes, MostBytes: one.MostBytes,
			Time: one.Time, LastTime: one.LastTime, Mark: one.Mark, LiveBytes: one.LiveBytes, LiveBlocks: one.LiveBlocks,
		})
	}
	return all
}

// checkRefusals returns the error for stacks of what failed that no profile has, or for more failures
// than 64 bits tell; nil if there are none.
func checkRefusals(p *profile.Profile) error {
	if p.Recording == nil {
		return nil
	}
	check := func(what string, stack []uint32) error {
		if len(stack) > maxStack {
			return fmt.Errorf("the stack of %s has more than %d frames", what, maxStack)
		}
		for _, frame := range stack {
			if int(frame) >= len(p.Frames) {
				return fmt.Errorf("the stack of %s refers to frame %d, and the frame table ends before %d", what, frame, len(p.Frames))
			}
		}
		return nil
	}
	if l := p.Recording.Limit; l != nil && l.Crossed != nil {
		if err := check("what crossed the limit", l.Crossed.Stack); err != nil {
			return err
		}
	}
	var times, carry uint64
	for i := range p.Recording.Refusals {
		one := &p.Recording.Refusals[i]
		if err := check(fmt.Sprintf("refusal %d", i), one.Stack); err != nil {
			return err
		}
		if times, carry = bits.Add64(times, one.Times, 0); carry != 0 {
			return errors.New("the refusals add up to more than 2^64-1")
		}
	}
	return nil
}

// refusals writes the limit and what failed.
func (e *encoder) refusals(j *refusalsJSON) {
	if j.Limit != nil {
		e.jsonField(" ,", "limit", j.Limit)
		e.text("\n")
	}
	if j.Refusals == nil {
		return
	}
	if len(j.Refusals) == 0 {
		e.jsonField(" ,", "refusals", j.Refusals) // that there were none is known
		e.text("\n")
		return
	}
	rows(e, "refusals", j.Refusals)
}
