/* Calls that begin another program. The recorder is told of the program, and whether its
 * environment will bring the tracker and the shared memory to it, so that a program that is
 * not recorded can be named. */
#ifndef HEAPPROF_EXEC_H
#define HEAPPROF_EXEC_H

#include "base.h"

/* Before the call, with its arguments, which may be invalid. Returns whether the recorder
 * was told. */
bool exec_announce(const char *path, char *const *environment, uintptr_t frame_address);

/* After the call, which returns only if it has failed. */
void exec_failed(uintptr_t frame_address);

#endif
