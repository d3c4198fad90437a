#include "stack.h"

#include "probe.h"
#include "sys.h"

enum { STACK_REACH = 256 << 10 /* bytes below the known stack that are looked at page by page */ };

/* Where the kernel may not be asked. A stack that has grown down to sp is readable from there
 * on, and a thread's stack reaches up to what the thread library keeps for the thread. */
static void stack_assumed(struct thread *t, uintptr_t sp) {
	enum { MOST = 16 << 20 /* bytes from a thread's sp to the upper end of its stack */ };
	uintptr_t lo = sp & stack_page_mask, end = arch_thread_pointer();
	if (lo >= t->stack_lo || t->stack_lo - lo > STACK_REACH) {
		t->stack_end = sp < end && end - sp < MOST ? end & stack_page_mask : lo + SYS_PAGE;
		t->memo_count = 0;
	}
	t->stack_lo = lo;
}

void stack_switched(struct thread *t, uintptr_t sp) {
	if (!sys_may(SYS_CALL_READABLE)) return stack_assumed(t, sp);
	t->stack_lo = sp & stack_page_mask;
	t->stack_end = t->stack_lo + SYS_PAGE;
	t->memo_count = 0; /* nothing that was remembered holds */
}

void stack_moved(struct thread *t, uintptr_t sp) {
	uintptr_t lo = sp & stack_page_mask;
	if (!sys_may(SYS_CALL_READABLE)) return stack_assumed(t, sp);
	if (lo < t->stack_lo && t->stack_lo - lo <= STACK_REACH && probe_range(lo, t->stack_lo - lo)) {
		t->stack_lo = lo;
		return;
	}
	stack_switched(t, sp);
}

bool stack_reaches(uintptr_t *readable, uintptr_t end) {
	while (*readable < end) {
		if (!sys_readable((void *)*readable)) return false;
		*readable += SYS_PAGE;
	}
	return true;
}

bool stack_extend(struct thread *t, uintptr_t end) { return stack_reaches(&t->stack_end, end); }

void stack_prepare(struct thread *t, uintptr_t sp) {
	enum { MOST = 64 << 20 /* bytes */ };
	if (sp < t->stack_lo || sp >= t->stack_end) stack_moved(t, sp);
	stack_extend(t, t->stack_end + MOST);
}
