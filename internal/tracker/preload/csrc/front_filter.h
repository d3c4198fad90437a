/* System-call filters (seccomp(2)) that the program installs: which of the
 * tracker's own system calls they let through is found out before, and the others are not made
 * any more. */
#ifndef HEAPPROF_FRONT_FILTER_H
#define HEAPPROF_FRONT_FILTER_H

#include "base.h"

/* Finds the wrapped functions. */
void front_filter_find(void);

#endif
