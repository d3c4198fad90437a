/* malloc, realloc and free themselves. Where blocks are sampled, most calls end here in a few
 * instructions: the real function returns to the caller, and no trace of the tracker is on
 * the stack. That is for allocators that call no wrapped function themselves (process.leaf),
 * for such a call would not be known for a part of this one. The rest goes to the hooks, and
 * so does all where every block is recorded. */
#include "front_malloc.h"
#include "real.h"
#include "sample.h"
#include "sampled.h"

ARCH_ALLOCATE_UNLESS_SAMPLED(malloc, sample_none, sample_offset, real, front_malloc_hook)
/* Without a block glibc's realloc jumps to malloc, whose patched entry would take that for
 * another call. */
ARCH_RESIZE_UNLESS_SAMPLED(realloc, sampled, 9, sample_none, sample_offset, real + 24, real, front_malloc_hook_realloc)
ARCH_FREE_UNLESS_SAMPLED(free, sampled, 9, real + 8, front_malloc_hook_free)

_Static_assert(offsetof(struct wire_countdown, left) == 0 && offsetof(struct wire_countdown, blocks) == 8, "as malloc has it");
_Static_assert(offsetof(struct sampled, mask) == 8 && SAMPLED_NEAR_BITS == 9, "as free has it");
_Static_assert(offsetof(struct real, malloc) == 0 && offsetof(struct real, free) == 8 && offsetof(struct real, realloc) == 24, "as they have it");
