/* What begins another program: the recorder is told which, and whether it will find the
 * library and the memory, so that what is not recorded is not passed over. */
#ifndef HEAPPROF_EXEC_H
#define HEAPPROF_EXEC_H

#include "base.h"

/* Before the call, with its arguments, which may be any. Returns whether it was said. */
bool exec_announce(const char *path, char *const *environment, uintptr_t frame_address);

/* After it: it has failed. */
void exec_failed(uintptr_t frame_address);

#endif
