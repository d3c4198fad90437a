/* What a program maps: the C library's mmap, munmap, mremap and brk, whose entries are
 * patched if the recorder asks for that. */
#ifndef HEAPPROF_MAPPING_H
#define HEAPPROF_MAPPING_H

#include "base.h"

/* Each of these makes the call and records it. original is the function to call, args are
 * the six words of its arguments, frame_address is that of the hook's frame. Returns what
 * the function returned, and leaves errno as the function did. */
uintptr_t mapping_map(uintptr_t original, const uintptr_t *args, uintptr_t frame_address);   /* mmap */
uintptr_t mapping_unmap(uintptr_t original, const uintptr_t *args, uintptr_t frame_address); /* munmap */
uintptr_t mapping_remap(uintptr_t original, const uintptr_t *args, uintptr_t frame_address); /* mremap */
uintptr_t mapping_break(uintptr_t original, const uintptr_t *args, uintptr_t frame_address); /* brk */

#endif
