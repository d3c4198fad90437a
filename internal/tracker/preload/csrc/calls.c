#include "calls.h"

#include "code.h"
#include "module.h"
#include "refresh.h"
#include "sys.h"
#include "text.h"

/* In the key of what is known of the function around a pc, or of the function that is called in
 * front of one, which is no address then. */
static const uintptr_t around = (uintptr_t)1 << 63, callee = (uintptr_t)1 << 62;

/* In the key of a return address that lies in no module. */
static const uintptr_t made = (uintptr_t)3 << 62;

static struct call *place(struct thread *t, uintptr_t key) {
	uint32_t epoch = load_relaxed(&module_epoch);
	if (unlikely(t->calls_epoch != epoch)) {
		memset(t->calls, 0, CALLS * sizeof *t->calls);
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		t->calls_epoch = epoch;
	}
	return &t->calls[key * 0x9e3779b97f4a7c15ull >> (64 - CALL_BITS)];
}

static uintptr_t keep(struct call *c, uintptr_t key, uintptr_t is) {
	c->key = 0; /* the entry is empty, should a signal handler leave this hook for good */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	c->is = is;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	c->key = key;
	return is;
}

static uintptr_t look(uintptr_t word) {
	if (!code_readable(word - 8)) return calls_none;
	uintptr_t target = arch_call_target(word);
	if (target) return code_readable(target) && !arch_jumps_on(target) ? target : calls_somewhere;
	return arch_calls_somewhere(word) || code_is_sigreturn(word) ? calls_somewhere : calls_none;
}

uintptr_t calls_before(struct thread *t, uintptr_t word) {
	if (!module_at(word - 1)) return calls_none;
	struct call *c = place(t, word);
	return likely(c->key == word) ? c->is : keep(c, word, look(word));
}

/* Reports whether a call stands in front of word. Code may begin where memory begins that can be read: in
 * front of what follows its first call there may be fewer bytes than an instruction has at most. */
static bool follows_call(uintptr_t word) {
	uintptr_t page = (word - 1) & ~(uintptr_t)(SYS_PAGE - 1), at = word;
	uint32_t in[4] __attribute__((aligned(8))) = {0};
	if (!sys_readable((void *)(word - 8))) {
		if (word - page >= 8 || !sys_readable((void *)page)) return false;
		in[2] = *(const uint32_t *)page;
		in[3] = *(const uint32_t *)(page + 4);
		at = (uintptr_t)&in[2] + (word - page);
	}
	return arch_call_target(at) || arch_calls_somewhere(at);
}

bool calls_at_run_time(struct thread *t, uintptr_t word) {
	if (word < SYS_PAGE || word >> ARCH_ADDRESS_BITS || module_at(word - 1)) return false;
	struct call *c = place(t, word | made);
	if (likely(c->key == (word | made))) return true;
	return sys_may(SYS_CALL_READABLE) && follows_call(word) && keep(c, word | made, calls_somewhere);
}

static uintptr_t look_for_callee(uintptr_t word) {
	if (!code_readable(word - 8)) return 0;
	uintptr_t slot = arch_call_slot(word);
	if (!slot) {
		uintptr_t target = arch_call_target(word);
		if (!target || !code_readable(target) || !code_readable(target + 8)) return 0;
		slot = arch_jump_slot(target);
		if (!slot) return target;
	}
	return code_readable(slot) ? *(const uintptr_t *)slot : 0;
}

uintptr_t calls_callee(struct thread *t, uintptr_t word) {
	struct call *c = place(t, word | callee);
	if (likely(c->key == (word | callee))) return c->is;
	refresh_modules(t); /* who calls, or what is called, may be in one that has just come */
	if (!module_at(word - 1)) return 0;
	return keep(place(t, word | callee), word | callee, look_for_callee(word));
}

intptr_t calls_frame_bytes(struct thread *t, uintptr_t pc) {
	enum { MOST = 16 << 10 /* bytes of a function in front of pc */ };
	const struct module *m = module_at(pc);
	if (!m) return -1;
	struct call *c = place(t, pc | around);
	if (likely(c->key == (pc | around))) return (intptr_t)c->is;
	/* A page that is known to be readable is searched; the next one only then. */
	uintptr_t lowest = pc - m->start > MOST ? pc - MOST : m->start;
	intptr_t bytes = -1;
	for (uintptr_t end = pc; end > lowest && bytes < 0;) {
		uintptr_t page = (end - 1) & ~(uintptr_t)(SYS_PAGE - 1), from = page > lowest ? page : lowest;
		if (!code_readable(page)) break;
		bytes = arch_frame_bytes(from, end, pc);
		end = from;
	}
	return (intptr_t)keep(c, pc | around, (uintptr_t)bytes);
}
