/* Hooks that are under way while their thread forks: a signal handler has interrupted them.
 * Where it returns in the child, too, they go on there, with states of the thread that are
 * wiped in a child (pool.c), and would follow what was a pointer before. So the child gets
 * copies of these states; what it writes with them goes nowhere. */
#ifndef HEAPPROF_INTERRUPTED_H
#define HEAPPROF_INTERRUPTED_H

#include "base.h"

struct interrupted;

/* Before a fork: copies the states of the calling thread that are in use. Returns NULL where
 * there are none, as nearly always. */
struct interrupted *interrupted_copy(void);

/* After it, in the parent and in the child. */
void interrupted_go_on(struct interrupted *copy);

#endif
