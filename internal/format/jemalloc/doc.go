// Package jemalloc reads jemalloc's heap dumps (heap_v2), which a program writes that runs with
// MALLOC_CONF=prof:true, as prof_final, prof_gdump or mallctl("prof.dump") ask for it:
//
//	heap_v2/524288
//	  t*: 28106: 56637512 [0: 0]
//	  t0: 352: 16777344 [0: 0] worker
//	@ 0x5f1384 0x5f28d4 0x5f4f9e
//	  t*: 13: 6688 [0: 0]
//	  t0: 12: 6496 [0: 0]
//
//	MAPPED_LIBRARIES:
//	…
//
// The number in the first line is how many bytes were allocated from one sample to the next, on average. A stack
// has a line for all threads, t*, with the sampled blocks that live and their bytes; in brackets all that were
// sampled since the start, if opt.prof_accum was set, else zeros. The dump is not scaled. Readers divide by the
// probability that a block of the stack's average size is sampled, as jeprof does; and jemalloc 5.3 writes such
// numbers that the result is unbiased, whatever the sizes are (opt.prof_unbias).
//
// jemalloc before 4.0 wrote gperftools' format, which package gperftools reads.
package jemalloc
