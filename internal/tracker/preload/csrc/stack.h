/* The bounds of the stack, by what the kernel says is readable; nothing else is read. So
 * neither the thread library nor /proc is asked, and coroutines' stacks work too. */
#ifndef HEAPPROF_STACK_H
#define HEAPPROF_STACK_H

#include "sys.h"
#include "thread.h"

static const uintptr_t stack_page_mask = ~(uintptr_t)(SYS_PAGE - 1);

/* Finds the bounds anew: sp lies outside of those that are known. */
COLD void stack_moved(struct thread *t, uintptr_t sp);

/* Begins bounds anew for another stack, in which sp lies. */
COLD void stack_switched(struct thread *t, uintptr_t sp);

/* Finds the whole stack around sp, before a system-call filter forbids to ask the kernel. */
COLD void stack_prepare(struct thread *t, uintptr_t sp);

/* Moves the end of what can be read on, page by page, to end at least. Reports false where a
 * page there cannot be read. */
COLD bool stack_reaches(uintptr_t *readable, uintptr_t end);

/* Extends the known stack up to end. Returns whether all of that can be read. */
COLD bool stack_extend(struct thread *t, uintptr_t end);

/* Reports whether the bytes from from to below end are of the stack and can be read. */
ALWAYS_INLINE bool stack_holds(struct thread *t, uintptr_t from, uintptr_t end) {
	return from >= t->stack_lo && from < end && (likely(end <= t->stack_end) || stack_extend(t, end));
}

/* Reports whether a word of the stack that sp lies in can be read. The bounds that are known may be out of
 * date, if another stack was mapped at the same place, and what is thought to lead to the word may lead anywhere. */
static inline bool stack_word_is_there(uintptr_t sp, uintptr_t at) {
	return ((sp ^ at) & stack_page_mask) == 0 || !sys_may(SYS_CALL_READABLE) || sys_readable((void *)at);
}

ALWAYS_INLINE uintptr_t stack_word(uintptr_t address) { return *(const uintptr_t *)address; }

#endif
