// Package gperftools reads the text heap profiles of gperftools' tcmalloc, and of what writes the same: jemalloc
// before 4.0, and programs' /pprof/heap pages:
//
//	heap profile:  13738:  5000532 [ 27474: 10000236] @ heapprofile
//	 13738:  5000532 [ 27474: 10000236] @ 0x55ea10fa1168 0x55ea10fa1186
//
//	MAPPED_LIBRARIES:
//	…
//
// The numbers of a stack, and in the first line of all, are the blocks that live with their bytes, and in brackets
// all that were allocated. What they are is told by the word behind the @ of the first line:
//
//	heapprofile       every block was recorded (HEAPPROFILE, HeapProfilerStart)
//	heap_v2/524288    blocks were sampled, one in so many bytes on average (TCMALLOC_SAMPLE_PARAMETER, MallocExtension);
//	                  scaled as pprof does, by the probability that a block of the stack's average size is sampled
//	heap/1048576      of Go's run-time system (/debug/pprof/heap?debug=1): sampled, the number is twice the mean distance; lines
//	                  that begin with # name the frames of the stack above them
//	growthz           by which stacks the heap grew, in the kernel's pages (MallocExtension::GetHeapGrowthStacks)
//
// Where blocks are sampled, tcmalloc repeats in brackets what lives: what was allocated in all is not known then.
package gperftools
