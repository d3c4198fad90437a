// Package pprof reads heap profiles in the format of `go tool pprof`, whoever made them: Go's
// run-time system, tcmalloc, jemalloc's converters, other languages' profilers, heapprof itself.
// Package report/pprof writes them.
//
// The format is https://github.com/google/pprof, proto/profile.proto: one message of protocol
// buffers, whose fields may come in any order. What a sample's values mean is told by names,
// of which these are known; each pair is a number of blocks and their bytes.
//
//	alloc_objects, alloc_space     allocated in all (also alloc_samples, alloc_bytes, alloc_size, allocated_…, allocations)
//	inuse_objects, inuse_space     live when the profile was made (also objects and space, live_…, heap_live_…)
//	peak_objects, peak_space       live at the peak
//	copies, copied_bytes           copies, in a profile of copies
//
// What else a profile counts beside one of these is kept as profile.Extra, by its name.
// Only a profile of a heap or of copies is read. Values are taken as they are: whoever
// samples has scaled them, and the period tells how many bytes lay between two samples.
package pprof
