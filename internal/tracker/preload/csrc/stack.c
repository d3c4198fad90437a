#include "stack.h"

enum { STACK_REACH = 256 << 10 /* bytes below the known stack that are looked at page by page */ };

void stack_moved(struct thread *t, uintptr_t sp) {
	uintptr_t lo = sp & page_mask;
	if (lo < t->stack_lo && t->stack_lo - lo <= STACK_REACH) {
		uintptr_t page = lo;
		while (page < t->stack_lo && sys_readable((void *)page)) page += PAGE;
		if (page >= t->stack_lo) {
			t->stack_lo = lo;
			return;
		}
	}
	/* Another stack: nothing that was remembered holds. */
	t->stack_lo = lo;
	t->stack_end = lo + PAGE;
	t->memo_count = 0;
}

bool stack_extend(struct thread *t, uintptr_t end) {
	while (t->stack_end < end) {
		if (!sys_readable((void *)t->stack_end)) return false;
		t->stack_end += PAGE;
	}
	return true;
}
