package roots

// claimHeaps claims the memory of allocators: what was mapped for one, and mappings that have blocks.
func (f *finder) claimHeaps() {
	for _, m := range f.Mapped {
		if m.Allocator {
			f.claimed.add(Range{m.Start, m.End})
		}
	}
	blocks := f.Blocks
	for _, m := range f.Maps {
		for len(blocks) > 0 && blocks[0].Addr < m.Start {
			blocks = blocks[1:]
		}
		if m.Path == "[heap]" || len(blocks) > 0 && blocks[0].Addr < m.End {
			f.claimed.add(Range{m.Start, m.End})
		}
	}
}
