/* Forks, which the recorder is told of before they are made, so that the child begins with
 * what there was at that moment. */
#ifndef HEAPPROF_FORK_H
#define HEAPPROF_FORK_H

#include "base.h"

/* Announces a fork, in the hook whose frame is at frame_address. Returns its number for
 * child_notice; 0: there was no need. */
uint32_t fork_announce(uintptr_t frame_address);

/* Has the C library tell of forks from now on. */
void fork_hear(void);

#endif
