/* How a process becomes one that the recorder knows. */
#ifndef HEAPPROF_JOIN_H
#define HEAPPROF_JOIN_H

#include "base.h"
#include "wire.h"

/* Finds the recorder and takes a place among its processes. Returns whether this process is
 * recorded. It asks for a plan of patches if the recorder has some. */
bool join_recorder(void);

/* The same for a process that the recorder has come to, which has mapped c into it, and knows what it is called in the
 * recorder's /proc and by itself. It asks for no plan. */
bool join_attached(struct wire_control *c, uint32_t pid, uint32_t own_pid);

/* Takes a place for a forked child, whose parent was recorded. parent is the parent's place + 1; fork
 * is the number that the fork was announced by, or 0. */
bool join_as_child(uint32_t parent, uint32_t fork);

#endif
