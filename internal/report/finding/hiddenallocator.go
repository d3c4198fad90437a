package finding

import "heapprof/internal/profile"

// HiddenAllocator is the code of memory that is in no block, or in blocks out of which another
// allocator than malloc hands out objects.
const HiddenAllocator Code = "hidden-allocator"

// Hiding is what a finding of a hidden allocator rests on.
type Hiding struct {
	Runtime *Runtime `json:"runtime,omitempty"` // whose heap it is; nil where that is not known
	Hidden  uint64   `json:"hidden-bytes"`
	Live    uint64   `json:"live-bytes"` // in blocks, at the same moment

	// Whole is what of the process was resident, at the widest gap; where that is not known all
	// of its anonymous memory at the peak, and Hidden is then what is above Live in that. It is 0
	// for a pool in blocks.
	Whole     uint64 `json:"resident-bytes,omitempty"`
	Anonymous bool   `json:"anonymous-only"` // Whole is anonymous memory alone
	Pages     uint64 `json:"pages,omitempty"`
}

// hiddenAllocator finds that a program has much memory that no block explains as something maps it
// past malloc, or that a pool which can be switched off has taken much of the blocks.
//
// It is mistaken where a program with such a runtime maps data of its own.
func hiddenAllocator(h *Heap) []Finding {
	var all []Finding
	if f, ok := mappedPastMalloc(h); ok {
		all = append(all, f)
	}
	for i := range pools {
		if f, ok := pools[i].find(h); ok {
			all = append(all, f)
		}
	}
	return all
}

// mappedPastMalloc finds memory in no block.
func mappedPastMalloc(h *Heap) (Finding, bool) {
	const (
		least   = 0.25 // of what is resident
		unknown = 8 << 20
		known   = 2 << 20 // where it is known whose it is
	)
	p := h.Profile
	if p.Recording == nil {
		return Finding{}, false
	}
	e := Hiding{Runtime: runtimeOf(p)}
	reading := widest(p)
	if reading == nil {
		if e.Whole, e.Live = p.Recording.AnonymousPeak, h.Totals.PeakBytes; !isHidden(p, &h.Totals) {
			return Finding{}, false
		}
		e.Hidden, e.Anonymous = e.Whole-min(e.Whole, e.Live), true
	} else {
		e.Whole = reading.Total() - reading.Part(profile.OfTracker).Bytes
		e.Hidden, e.Live = reading.Part(profile.MappedByProgram).Bytes, reading.LiveBytes
	}
	enough := uint64(unknown)
	if e.Runtime != nil {
		enough = known
	}
	a := Amount{Bytes: e.Hidden, Share: share(e.Hidden, e.Whole), Of: OfResident}
	return Finding{Amount: a, Remedy: seeHidden(p, e.Runtime), Grounds: &e}, e.Hidden >= enough && a.Share >= least
}

// widest returns the reading of resident memory at the widest gap; nil where there is none, or
// none from about when most was resident: one is taken only so often, and the program may have grown
// since.
func widest(p *profile.Profile) *profile.ResidentReading {
	const least = 0.5 // of the most anonymous memory that was seen
	r := p.Recording.Resident.WidestReading()
	if r == nil {
		return nil
	}
	var anonymous uint64
	for _, part := range r.Parts {
		if part.Kind.IsAnonymous() {
			anonymous += part.Bytes
		}
	}
	if float64(anonymous) < least*float64(p.Recording.AnonymousPeak) {
		return nil
	}
	return r
}

// seeHidden returns how to see what a hidden allocator has.
func seeHidden(p *profile.Profile, r *Runtime) profile.Remedy {
	switch {
	case r != nil && r.Switch != "":
		return UseMalloc
	case r != nil:
		return AskRuntime
	case p.Recording.Mappings != nil:
		return ShowMappings
	case len(p.Recording.Notes) > 0:
		return SeeNotes
	}
	return RecordMappings
}

// find finds that the pool has much of the peak.
func (o *pool) find(h *Heap) (Finding, bool) {
	const (
		least = 0.05 // of the peak
	)
	var e Hiding
	p := h.Profile
	var buffer []uint32
	for i := range p.Points {
		if pt := &p.Points[i]; pt.PeakBytes > 0 && o.owns(p, pt.Stack.Into(&buffer)) {
			e.Hidden += pt.PeakBytes
			e.Pages += pt.PeakBlocks
		}
	}
	e.Runtime, e.Live = &o.Runtime, h.Totals.PeakBytes
	a := h.AmountOf(e.Hidden, e.Pages, OfPeak)
	return Finding{Amount: a, Remedy: UseMalloc, Grounds: &e}, e.Hidden >= LeastBytes && a.Share >= least
}

// isHidden reports whether a quarter or more of a process's anonymous memory, and enough to be
// worth a word, is in no block: an allocator that was not wrapped has it, or the program
// mapped it itself, or its allocator keeps it free. Which of them is not known here.
//
// It is not where there is another explanation. A block may need a header and
// rounding. The modules' writable data, the main stack, and for each thread a
// stack, the beginning of an arena and the tracker's own memory are anonymous, too, and
// so is the tracker's call tree.
// All of these are taken as large as they may be, and so are blocks that are estimated.
func isHidden(p *profile.Profile, totals *profile.Point) bool {
	const (
		perBlock    = 32      // header and rounding
		perThread   = 1 << 20 // ten times what one took that allocated now and then
		perNode     = 48      // of the tracker's call tree, while it is moved to larger memory
		mainStack   = 8 << 20 // the usual limit, where a profile does not tell
		worthSaying = 8 << 20
		share       = 0.25 // of the anonymous memory
	)
	stack := p.Recording.StackBytes
	if stack == 0 {
		stack = mainStack
	}
	// In floating point, as a damaged file's numbers may be of any size.
	bytes, blocks := atMost(totals, p.Sampling)
	explained := bytes + perBlock*blocks +
		float64(p.Recording.StaticBytes) + float64(stack) + perThread*float64(p.Recording.Threads) +
		perNode*float64(p.Recording.NodeEvents)
	hidden := float64(p.Recording.AnonymousPeak) - explained
	return hidden >= worthSaying && hidden >= share*float64(p.Recording.AnonymousPeak)
}

// atMost returns how many bytes and blocks there were at the peak, where they are estimates
// as many as there may have been.
func atMost(totals *profile.Point, sampling profile.Sampling) (bytes, blocks float64) {
	const least = 16 // bytes of a block that many are of
	unseen := float64(sampling.Unseen())
	bytes, blocks = float64(totals.PeakBytes)+unseen, float64(totals.PeakBlocks)+unseen/least
	if s := totals.Samples; s != nil {
		bytes += s.Peak.BytesMargin()
		blocks += s.Peak.BlocksMargin()
	}
	return bytes, blocks
}
