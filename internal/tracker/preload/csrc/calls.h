/* What stands in front of a return address, remembered for each thread. For step.h,
 * where a frame has no unwind information and the words on the stack tell. */
#ifndef HEAPPROF_CALLS_H
#define HEAPPROF_CALLS_H

#include "thread.h"

/* No call, or where that cannot be looked at; and a call whose instruction does not
 * say where it goes. Anything else is where it goes. */
static const uintptr_t calls_none = 0, calls_somewhere = 1;

/* What the call in front of word goes to, if word is the address of an instruction
 * behind one in a module. */
COLD uintptr_t calls_before(struct thread *t, uintptr_t word);

/* The bytes that the function around pc has made room for between its frame pointer
 * and its stack pointer, by the instructions at its start; -1 where they do not tell. */
COLD intptr_t calls_frame_bytes(struct thread *t, uintptr_t pc);

#endif
