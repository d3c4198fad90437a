/* Code in which a thread is while the recorder makes it make a system call (wire.h, struct wire_lend). */
#ifndef HEAPPROF_LEND_H
#define HEAPPROF_LEND_H

#include "base.h"

/* Returns the address of the process's struct wire_lend; 0: it has none on this processor. */
uint64_t lend_address(void);

#endif
