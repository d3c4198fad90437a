package heap

import "testing"

func TestWhatAHeapItselfHasAllocated(t *testing.T) {
	parent := New(Options{})
	var thread Thread
	site := parent.NewSite()
	parent.Alloc(&thread, 4096, 1000, 1, site)
	parent.Alloc(&thread, 8192, 500, 2, site)
	parent.Free(&thread, 8192, 3)
	equal(t, "own", parent.Own(), Own{1500, Amount{1500, 2}})

	child := parent.Clone(4)
	equal(t, "of a child at its birth", child.Own(), Own{})
	thread = Thread{}
	child.Free(&thread, 4096, 5)
	equal(t, "of a child that frees", child.Own(), Own{})
	child.Alloc(&thread, 4096, 3000, 6, site)
	equal(t, "of a child", child.Own(), Own{2000, Amount{3000, 1}})

	sampled := NewSampled(1, Options{}) // a byte apart: nearly every block
	var sampledThread SampledThread
	site = sampled.NewSite()
	sampled.Alloc(&sampledThread, 4096, 1000, 1, site)
	equal(t, "of sampled blocks", sampled.Own(), Own{1000, Amount{1000, 1}})
	equal(t, "of a child of these", sampled.Clone(2).Own(), Own{})
}
