/* Copies that the process makes of itself, where the recorder may not trace it. */
#ifndef HEAPPROF_COPY_H
#define HEAPPROF_COPY_H

#include "process.h"

/* Makes the copy that the recorder has asked for. Only a process of one thread is copied: what others
 * hold in their registers would be in no memory. The program sees nothing of it, not even by errno. */
COLD void copy_make(void);

/* Does that where one has been asked for, which the hooks of allocators see to where owners are wanted. No lock
 * may be held that the program waits for. */
ALWAYS_INLINE void copy_if_asked(void) {
	if (unlikely(load_relaxed(&process.slot->copy_at) != 0)) copy_make();
}

#endif
