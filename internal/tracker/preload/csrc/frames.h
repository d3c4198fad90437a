/* What describes the frames of the library's own code, for unwinders of the program's: where no loader knows of the library,
 * an exception could not pass a hook. */
#ifndef HEAPPROF_FRAMES_H
#define HEAPPROF_FRAMES_H

#include "base.h"

/* Returns the description of the function of the library's that pc lies in, as .eh_frame has it, or NULL, and sets start to
 * where that begins. */
COLD const void *frames_find(uintptr_t pc, uintptr_t *start);

#endif
