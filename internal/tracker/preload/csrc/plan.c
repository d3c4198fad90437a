#include "plan.h"

#include "child.h"
#include "mark.h"
#include "objects.h"
#include "process.h"
#include "ring.h"
#include "shared.h"
#include "sys.h"
#include "text.h"

/* Reports whether the module is the file that was planned for, with all its functions as
 * they were. */
static bool is_planned(const struct wire_plan_module *m, const struct wire_patch *patches) {
	if (m->build_id_at && !text_bytes_equal((const void *)m->build_id_at, m->build_id, m->build_id_bytes)) return false;
	for (uint32_t i = 0; i < m->patches; i++)
		if (!text_bytes_equal((const void *)patches[i].entry, patches[i].expected, patches[i].expected_bytes)) return false;
	return true;
}

/* Finds the shim of a patched function's hook. */
static plan_shim_of *shim_of;

static size_t mapped_bytes(const struct wire_plan_module *m) { return (m->code_bytes + WIRE_PAGE - 1) & ~(size_t)(WIRE_PAGE - 1); }

static bool map_code(const struct wire_plan_module *m, const struct wire_patch *patches, const char *plan) {
	size_t bytes = mapped_bytes(m);
	if (!sys_map_at(m->code_at, bytes)) return false;
	char *code = (char *)m->code_at;
	memcpy(code, plan + m->code_offset, m->code_bytes);
	for (uint32_t i = 0; i < m->patches; i++) {
		struct wire_patched *p = (struct wire_patched *)(code + patches[i].record);
		p->shim = (uint64_t)shim_of(p);
		if (p->action == WIRE_ACTION_MARK) p->entered = (uint64_t)mark_entered(p->entered);
		else if (p->action == WIRE_ACTION_EXIT) p->entered = (uint64_t)mark_exits();
	}
	arch_code_written(m->code_at, m->code_bytes);
	if (sys_protect(m->code_at, bytes, SYS_READ_EXECUTE) == 0) return true;
	sys_unmap(code, bytes);
	return false;
}

/* Writes over code, which stays executable all the while: where the system forbids code
 * that is writable, as SELinux may, it refuses before anything was changed. */
static bool write_code(uintptr_t at, const uint8_t *bytes, size_t n, uint32_t page_bytes) {
	uintptr_t mask = ~(uintptr_t)(page_bytes - 1), page = at & mask, length = (at + n - page + page_bytes - 1) & mask;
	if (sys_protect(page, length, SYS_READ_WRITE_EXECUTE) != 0) return false;
	memcpy((void *)at, bytes, n);
	arch_code_written(at, n);
	sys_protect(page, length, SYS_READ_EXECUTE);
	return true;
}

static bool makes_return(const struct wire_plan_module *m, const struct wire_patch *patches) {
	for (uint32_t i = 0; i < m->patches; i++)
		if (patches[i].makes_return) return true;
	return false;
}

static uint32_t apply(const struct wire_plan_module *m, const struct wire_patch *patches, const char *plan) {
	uint32_t page_bytes = ((const struct wire_plan *)plan)->page;
	if (makes_return(m, patches) && arch_shadow_stack()) return WIRE_PATCH_SHADOW_STACK;
	if (!is_planned(m, patches)) return WIRE_PATCH_OTHER_FILE;
	if (!map_code(m, patches, plan)) return WIRE_PATCH_NO_ROOM;
	for (uint32_t i = 0; i < m->patches; i++) {
		const struct wire_patch *q = &patches[i];
		unsigned kept = (unsigned)(q->expected_bytes - q->over_bytes);
		if (write_code(q->entry + kept, q->over, q->over_bytes, page_bytes)) continue;
		while (i--) write_code(patches[i].entry, patches[i].expected, patches[i].expected_bytes, page_bytes);
		sys_unmap((void *)m->code_at, mapped_bytes(m));
		return WIRE_PATCH_FORBIDDEN;
	}
	return WIRE_PATCHED;
}

/* Reports whether a mapping lies where the plan wants a module's code. */
static bool lies_in_the_way(const void *mapping, size_t bytes, const char *plan) {
	const struct wire_plan *head = (const struct wire_plan *)plan;
	const struct wire_plan_module *modules = (const struct wire_plan_module *)(plan + sizeof *head);
	uintptr_t at = (uintptr_t)mapping;
	for (uint32_t i = 0; i < head->modules; i++)
		if (at < modules[i].code_at + mapped_bytes(&modules[i]) && modules[i].code_at < at + bytes) return true;
	return false;
}

/* For plan_original: what was patched at the start, which stays where it is. */
struct original {
	uintptr_t entry, original;
};
static struct original *originals;
static uint32_t original_count;

/* Maps room for the originals of the plan's functions. The kernel may choose a place where a
 * module's code is to lie; while that mapping is there, another one comes to lie
 * elsewhere. */
static struct original *map_originals(const char *plan) {
	size_t bytes = (((const struct wire_plan *)plan)->patches + 1) * sizeof *originals; /* no mapping is empty */
	void *room = sys_map(bytes);
	if (!room || !lies_in_the_way(room, bytes, plan)) return room;
	struct original *other = map_originals(plan);
	sys_unmap(room, bytes);
	return other;
}

static void note_originals(const struct wire_plan_module *m, const struct wire_patch *patches) {
	for (uint32_t i = 0; i < m->patches; i++) {
		const struct wire_patched *p = (const struct wire_patched *)(m->code_at + patches[i].record);
		originals[original_count++] = (struct original){patches[i].entry, p->original};
	}
}

/* Applies the plan to a module that the program had at its start. Without a place for the
 * originals nothing is patched: the library's own calls of what it wraps would come back to
 * it. */
static void apply_at_start(struct wire_plan_module *m, const struct wire_patch *patches, const char *plan) {
	m->outcome = originals ? apply(m, patches, plan) : WIRE_PATCH_NO_ROOM;
	if (m->outcome == WIRE_PATCHED) note_originals(m, patches);
}

/* Applies the plan to a module that came later, if the loader has brought it just now
 * and it is not patched yet: a program that maps a library only to read it must not find
 * it changed. Returns whether there was no room for its code any more, though there was
 * when the plan was made. all_known: each object that is new has an entry in objects.c. */
static bool apply_later(struct wire_plan_module *m, const struct wire_patch *patches, const char *plan, bool all_known) {
	struct object *o = objects_at(m->bias);
	if (!o || o->code) {
		m->outcome = !o && !all_known ? WIRE_PATCH_NO_ROOM : WIRE_PATCH_NOT_ASKED;
		return false;
	}
	m->outcome = apply(m, patches, plan);
	if (m->outcome == WIRE_PATCHED) {
		o->code_bytes = mapped_bytes(m);
		o->code = m->code_at;
	}
	return m->outcome == WIRE_PATCH_NO_ROOM;
}

/* Maps the plan, out of the way of the modules' code as map_originals does. */
static char *map_plan(const struct wire_process *slot) {
	char *plan = shared_map_again(slot->plan_at, slot->plan_bytes);
	if (!plan || !lies_in_the_way(plan, slot->plan_bytes, plan)) return plan;
	char *other = map_plan(slot);
	sys_unmap(plan, slot->plan_bytes);
	return other;
}

/* Applies the plan to each of its modules. fresh are the libraries that the loader has
 * brought just now; NULL: this is the start. Returns whether a module lacked room that it
 * had when it was planned for. */
static bool apply_all(char *plan, const struct objects_new *fresh) {
	const struct wire_plan *head = (const struct wire_plan *)plan;
	struct wire_plan_module *modules = (struct wire_plan_module *)(plan + sizeof *head);
	const struct wire_patch *patches = (const struct wire_patch *)(modules + head->modules);
	bool lacked_room = false;
	if (!fresh) originals = map_originals(plan);
	for (uint32_t i = 0; i < head->modules; i++) {
		struct wire_plan_module *m = &modules[i];
		const struct wire_patch *own = patches + m->first_patch;
		if (!fresh) apply_at_start(m, own, plan);
		else if (apply_later(m, own, plan, fresh->unplaced == 0)) lacked_room = true;
	}
	return lacked_room;
}

/* A recorder that runs answers within that many waits: a large file's symbols take it a
 * second. */
enum {
	PLAN_WAITS = 1200,
	PLAN_WAIT_MS = 50,
};

/* Gets the plan that was asked for, and applies it, as apply_all says. Returns whether to
 * ask again. */
static bool follow_plan(const struct objects_new *fresh) {
	struct wire_process *slot = process.slot;
	struct wire_control *c = process.control;
	uint32_t index = process.index;
	__atomic_fetch_or(&c->asking[index / 32], 1u << index % 32, __ATOMIC_RELEASE);
	add_relaxed(&c->asks, 1);
	sys_futex_wake(&c->asks);
	uint32_t rounds = load_relaxed(&c->rounds), waits = 0;
	for (uint32_t state; (state = load_acquire(&slot->plan)) != WIRE_PLAN_READY;) {
		if (ring_recorder_is_gone() || waits == PLAN_WAITS) return false;
		sys_futex_wait(&slot->plan, state, PLAN_WAIT_MS);
		uint32_t now = load_relaxed(&c->rounds);
		if (now != rounds) waits++; /* it has not been stopped */
		rounds = now;
	}
	if (!slot->plan_bytes) return false;
	char *plan = map_plan(slot);
	if (!plan) return false;
	/* A signal handler might call a function that is half written. */
	uint64_t signals;
	bool blocked = sys_block_signals(&signals);
	bool again = apply_all(plan, fresh);
	if (blocked) sys_restore_signals(signals);
	sys_unmap(plan, slot->plan_bytes);
	store_release(&slot->plan, WIRE_PLAN_DONE);
	return again;
}

void plan_start(plan_shim_of *of) {
	shim_of = of;
	follow_plan(NULL);
	objects_look(NULL, 0);
}

void plan_later(plan_shim_of *of) {
	shim_of = of;
	objects_look(NULL, 0);
}

/* The loader has mapped the new libraries, and holds its lock: no thread runs code of
 * theirs before their constructors are called. Relocations may be done or not; a function
 * whose entry one changes is not as it was planned for.
 *
 * No function of the C library may be called from here. Signals are blocked, since a handler
 * that loads a library would come back to here. */
void plan_look(void) {
	if (process.off) return;
	child_notice(0);
	if (process.off) return;
	process.loader_held = false; /* the loader works in this process */
	uint64_t signals;
	bool blocked = sys_block_signals(&signals);
	struct wire_process *slot = process.slot;
	struct objects_new fresh = objects_look(slot->names, sizeof slot->names);
	/* Other threads map memory meanwhile, maybe where the code was to be. */
	enum { TRIES = 16 };
	for (unsigned tries = 0; fresh.lo <= fresh.hi && tries < TRIES; tries++) {
		slot->plan_from = fresh.lo;
		slot->plan_to = fresh.hi;
		slot->names_bytes = fresh.names_bytes;
		store_release(&slot->plan, WIRE_PLAN_WANTED);
		if (!follow_plan(&fresh)) break;
	}
	if (blocked) sys_restore_signals(signals);
}

void *plan_original(void *function) {
	for (uint32_t i = 0; i < original_count; i++)
		if (originals[i].entry == (uintptr_t)function) return (void *)originals[i].original;
	return function;
}
