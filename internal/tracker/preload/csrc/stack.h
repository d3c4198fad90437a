/* The bounds of the stack. Nothing but what is known to be readable is read. That
 * needs neither the thread library's idea of the stack nor /proc, and holds for
 * coroutines. */
#ifndef HEAPPROF_STACK_H
#define HEAPPROF_STACK_H

#include "sys.h"
#include "thread.h"

static const uintptr_t stack_page_mask = ~(uintptr_t)(SYS_PAGE - 1);

/* sp lies outside of what is known. */
COLD void stack_moved(struct thread *t, uintptr_t sp);

/* Finds out all that is to be known of the stack around sp: soon nobody may be asked. */
COLD void stack_prepare(struct thread *t, uintptr_t sp);

COLD bool stack_extend(struct thread *t, uintptr_t end);

ALWAYS_INLINE bool stack_holds(struct thread *t, uintptr_t from, uintptr_t end) {
	return from >= t->stack_lo && from < end && (likely(end <= t->stack_end) || stack_extend(t, end));
}

ALWAYS_INLINE uintptr_t stack_word(uintptr_t address) { return *(const uintptr_t *)address; }

#endif
