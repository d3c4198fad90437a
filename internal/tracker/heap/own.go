package heap

// Own is what a heap's own calls have allocated: what a Clone has inherited is left out.
type Own struct {
	Peak  uint64 // bytes: the most that was live at once, beyond what was inherited
	Total Amount
}

// Own returns what was allocated since New or Clone.
func (h *Heap) Own() Own {
	var total Amount
	for id := range SiteID(h.sites.n) {
		s := h.sites.at(id)
		total.Bytes += s.totalBytes
		total.Blocks += s.totalBlocks
	}
	return ownOf(h.peak.bytes, total, h.inherited)
}

// Own returns an estimate of what was allocated since NewSampled or Clone.
func (h *Sampled) Own() Own {
	var total Amount
	for i := range h.sites {
		total.Bytes += h.sites[i].total.Bytes
		total.Blocks += h.sites[i].total.Blocks
	}
	return ownOf(h.peak.bytes, total, h.inherited)
}

// OwnPeak returns the Peak of Own, in less time.
func (h *Heap) OwnPeak() uint64 { return ownOf(h.peak.bytes, h.inherited, h.inherited).Peak }

// OwnPeak is Heap.OwnPeak.
func (h *Sampled) OwnPeak() uint64 { return ownOf(h.peak.bytes, h.inherited, h.inherited).Peak }

func ownOf(peak uint64, total, inherited Amount) Own {
	return Own{
		Peak:  peak - min(peak, inherited.Bytes),
		Total: Amount{total.Bytes - inherited.Bytes, total.Blocks - inherited.Blocks},
	}
}
