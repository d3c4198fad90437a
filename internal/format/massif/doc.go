// Package massif reads the files of valgrind's heap profiler Massif, and what valgrind's other tools write in the same form
// with --xtree-memory=full and a file name that ends in .ms.
//
// # The format
//
// A file is of lines:
//
//	desc: --massif-out-file=m.out     options of valgrind's
//	cmd: ./prog
//	time_unit: i                      i instructions, ms, B bytes allocated and freed; of heaptrack_print s
//	#-----------
//	snapshot=0
//	#-----------
//	time=0
//	mem_heap_B=0                      live bytes
//	mem_heap_extra_B=0                what the allocator adds to them
//	mem_stacks_B=0
//	heap_tree=detailed                empty: no tree follows; peak: this is the peak
//	n2: 100 (heap allocation functions) malloc/new/new[], --alloc-fns, etc.
//	 n1: 60 0x109208: leaf (prog.c:4)
//	  n0: 60 0x109233: main (prog.c:9)
//	 n0: 40 in 3 places, all below massif's threshold (1.00%)
//
// A line of a tree has the number of lines that are below it, the live bytes, and the code: what is below is what called it.
// A file of --xtree-memory has a snapshot for each of the sums curB, curBk, totB, totBk and others, which the root of its tree
// names.
//
// # What it becomes
//
// The tree of the peak is the column profile.Peak; where no snapshot says that it is the peak of the heap alone (with --stacks=yes none
// does), it is the one with the most bytes of those with a tree. If the last snapshot has a tree, that is profile.End. Nothing counts blocks, nor what was allocated in all. What
// is below Massif's threshold is in the frame BelowThreshold. The live bytes of all snapshots are the timeline. Of --xtree-memory there
// are totals and the end instead, with blocks, as far as the file has them.
package massif
