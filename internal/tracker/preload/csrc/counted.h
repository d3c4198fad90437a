/* Functions that are counted, whatever they do: how often they are entered, through which stacks. */
#ifndef HEAPPROF_COUNTED_H
#define HEAPPROF_COUNTED_H

#include "base.h"
#include "wire.h"

/* Records that the function was entered with these arguments, where the frame of its hook is given. The
 * innermost frame of the stack is the function itself, at its entry. */
void counted_entered(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address);

/* Records that what is called where an allocation has failed was, likewise. The innermost frame of the stack
 * is that of its caller. */
void counted_failure(const struct wire_patched *p, const uintptr_t *arguments, uintptr_t frame_address);

#endif
