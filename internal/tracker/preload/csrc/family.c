#include "family.h"

#include "calls.h"
#include "layers.h"
#include "module.h"

/* Those that wait to be taken. A signal handler may announce in the middle of anything, and
 * leave for good. */
enum { ANNOUNCED = 4 };
struct announcement {
	uintptr_t caller_sp; /* 0: none */
	uintptr_t return_address, block;
	enum wire_family family;
};
static PER_THREAD struct {
	struct announcement all[ANNOUNCED];
	unsigned next;
} announced;

static struct {
	uintptr_t start, bytes;
} operators[FAMILY_OPERATORS];
static uintptr_t operators_start = ~(uintptr_t)0, operators_end; /* all lie between */

void family_note_operator(unsigned n, uintptr_t start, size_t bytes) {
	store_relaxed(&operators[n].bytes, 0);
	store_release(&operators[n].start, start);
	store_release(&operators[n].bytes, bytes);
	if (start < operators_start) store_relaxed(&operators_start, start);
	if (start + bytes > operators_end) store_relaxed(&operators_end, start + bytes);
}

static bool is_in_operator(uintptr_t return_address) {
	uintptr_t pc = return_address - 1;
	if (likely(pc < load_relaxed(&operators_start) || pc >= load_relaxed(&operators_end))) return false;
	for (unsigned i = 0; i < FAMILY_OPERATORS; i++)
		if (pc - load_relaxed(&operators[i].start) < load_relaxed(&operators[i].bytes)) return true;
	return false;
}

enum { MOST = 4096 /* bytes of stack that operators take which call each other */ };

/* Reports whether what has that stack pointer may be a part of what was announced. */
static bool is_below(const struct announcement *a, uintptr_t caller_sp) { return a->caller_sp > caller_sp && a->caller_sp - caller_sp < MOST; }

/* Reports whether an operator's code, or a front's, has called a hook. */
static bool is_within(uintptr_t return_address) { return is_in_operator(return_address) || layers_in_tracker(return_address); }

/* Returns what was announced last of what a call from return_address, by a caller with that
 * stack pointer, is a part of; NULL: nothing was. */
static struct announcement *find(uintptr_t block, uintptr_t caller_sp, uintptr_t return_address) {
	bool within = is_within(return_address);
	for (unsigned i = 1; i <= ANNOUNCED; i++) {
		struct announcement *a = &announced.all[(announced.next - i) % ANNOUNCED];
		if (!a->caller_sp || a->block != block) continue;
		if (a->caller_sp == caller_sp && a->return_address == return_address) return a; /* jumped to */
		if (within && is_below(a, caller_sp)) return a;
	}
	return NULL;
}

void family_announce(enum wire_family family, uintptr_t block, uintptr_t caller_sp, uintptr_t return_address) {
	/* The first of operators that call each other is what the program has called. */
	if (find(block, caller_sp, return_address)) return;
	struct announcement *a = &announced.all[announced.next++ % ANNOUNCED];
	a->caller_sp = 0; /* none, until it is whole */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	a->return_address = return_address;
	a->block = block;
	a->family = family;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	a->caller_sp = caller_sp;
}

/* Reports whether a call by a caller with that stack pointer may be a part of an operator that is
 * under way: its code may go by functions of its own, with a block of its own. */
static bool any_under_way(uintptr_t caller_sp) {
	for (unsigned i = 0; i < ANNOUNCED; i++)
		if (is_below(&announced.all[i], caller_sp)) return true;
	return false;
}

static enum wire_family take(uintptr_t block, uintptr_t frame_address) {
	uintptr_t return_address = ((const uintptr_t *)frame_address)[1], caller_sp = arch_caller_sp(frame_address);
	struct announcement *a = find(block, caller_sp, return_address);
	if (a) {
		enum wire_family family = a->family;
		a->caller_sp = 0;
		return family;
	}
	return is_within(return_address) || any_under_way(caller_sp) ? WIRE_FAMILY_UNTOLD : WIRE_FAMILY_C;
}

enum wire_family family_of_alloc(uintptr_t frame_address) { return take(0, frame_address); }

/* A library that came later may have been bound to the operators past their fronts
 * (RTLD_DEEPBIND). Such an operator jumps here, and what has called it may have jumped there: as a
 * destructor does, which is called through a table. So where one came, only of what the program
 * calls by a name of the tracker's is it known that it is no operator. */
enum wire_family family_of_free(struct thread *t, uintptr_t block, uintptr_t frame_address) {
	enum wire_family family = take(block, frame_address);
	if (family != WIRE_FAMILY_C || likely(!load_relaxed(&operators_end))) return family;
	uintptr_t callee = calls_callee(t, ((const uintptr_t *)frame_address)[1]);
	return module_any_later() && !layers_in_tracker(callee) ? WIRE_FAMILY_UNTOLD : family;
}
