/* A forked child: its rings are its parent's, and it gets its own, or stops recording. */
#ifndef HEAPPROF_CHILD_H
#define HEAPPROF_CHILD_H

#include "base.h"

/* Begins the child's own recording. announced is the number of the fork, 0 if it was not
 * announced. */
void child_begin(uint32_t announced);

/* Looks whether this process is a child that does not know it yet, as after a raw clone,
 * and begins its recording then. */
void child_notice(uint32_t announced);

#endif
