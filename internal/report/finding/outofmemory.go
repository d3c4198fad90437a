package finding

import "heapprof/internal/profile"

// OutOfMemory is the code of a program that was ended for want of memory.
const OutOfMemory Code = "out-of-memory"

// LastGrowth is what a finding of OutOfMemory rests on: what limited the program, and how it grew before the end.
type LastGrowth struct {
	Of        profile.LimitOf `json:"of"`
	Limit     uint64          `json:"limit-bytes"`
	Anonymous uint64          `json:"anonymous-bytes"` // what the program had in RAM and in no file
	Recorder  uint64          `json:"recorder-bytes"`  // what heapprof had of the same memory
	Seconds   float64         `json:"seconds"`         // until the end; since the start, where Whole
	Whole     bool            `json:"whole"`
	Grew      int64           `json:"grew-bytes"` // in that time
	Most      int64           `json:"most-bytes"` // at the site
}

// outOfMemory finds that the kernel's out-of-memory killer ended the program, and where it grew most before that. Where it did
// not grow, memory was short for other reasons, and the line in every report says all that is known.
func outOfMemory(h *Heap) []Finding {
	p := h.Profile
	if p.Recording == nil || p.Recording.OutOfMemory == nil || p.Units.Time != "µs" {
		return nil
	}
	o, g := p.Recording.OutOfMemory, h.Source.Lately()
	if g.Bytes <= 0 || g.Site == nil {
		return nil
	}
	return []Finding{{
		Site: g.Site, Stack: g.Stack,
		Grounds: &LastGrowth{
			Of: o.Of, Limit: o.Limit, Anonymous: o.Anonymous, Recorder: o.Recorder,
			Seconds: float64(p.EndTime-g.From.Time) / 1e6, Whole: g.From.Kind == profile.AtStart, Grew: g.Bytes, Most: g.Most,
		},
	}}
}
