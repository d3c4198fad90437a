/* The code of the program, as bytes. */
#ifndef HEAPPROF_CODE_H
#define HEAPPROF_CODE_H

#include "base.h"

/* Reports whether the eight bytes of code at an address can be read; where the kernel may
 * not be asked, whether they are a module's. */
bool code_readable(uintptr_t at);

/* Reports whether pc is where the kernel has signal handlers return to. */
bool code_is_sigreturn(uintptr_t pc);

#endif
