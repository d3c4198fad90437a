/* What stands in front of a return address, remembered for each thread. For frames without
 * unwind information (chain.c), where the words on the stack must tell. */
#ifndef HEAPPROF_CALLS_H
#define HEAPPROF_CALLS_H

#include "thread.h"

/* What calls_before returns, but for an address: there is no call, or it cannot be looked
 * at; and there is a call, whose instruction does not say where it goes. */
static const uintptr_t calls_none = 0, calls_somewhere = 1;

/* Returns the address of the function that the call in front of word goes to, if word is the
 * address of an instruction of a module that stands behind a call. */
COLD uintptr_t calls_before(struct thread *t, uintptr_t word);

/* Reports whether word is the address behind a call in code that lies in no module, as code does that
 * was made at run time. Such code comes and goes unheard of: what was once seen to be a call is taken
 * for one from then on. */
COLD bool calls_at_run_time(struct thread *t, uintptr_t word);

/* Returns the function that the call in front of word goes to, also by way of the procedure
 * linkage table; 0: it is not known. */
COLD uintptr_t calls_callee(struct thread *t, uintptr_t word);

/* Returns how many bytes the function around pc has made room for between its frame pointer
 * and its stack pointer, by the instructions at its start; -1 where they do not tell. */
COLD intptr_t calls_frame_bytes(struct thread *t, uintptr_t pc);

#endif
