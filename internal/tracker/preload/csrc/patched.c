#include "patched.h"

#include "execs.h"
#include "mappings.h"
#include "objects.h"
#include "record.h"

/* What a function returns in registers. */
typedef unsigned __int128 result;

ARCH_CALL_WITH(patched_call)
result patched_call(uintptr_t function, const uintptr_t *registers, size_t words, const uintptr_t *stack) __attribute__((visibility("hidden")));

/* ---- the hooks ---- */

/* As those in hooks.c, but for any function: p says which arguments mean what.
 * frame_address is that of the frame of the hook's shim. */
#define HOOK(name) \
	ARCH_PATCHED_SHIM(shim_of_##name, name) \
	extern const char shim_of_##name[] __attribute__((visibility("hidden"))); \
	result name(const struct wire_patched *p, uintptr_t frame_address) __attribute__((visibility("hidden"))); \
	FLAT result name(const struct wire_patched *p, uintptr_t frame_address)

#define ARGUMENTS arch_shim_arguments(frame_address)

/* Of a function that nobody but the user knows it is not known how many arguments it
 * has; of the others none has more than these. */
ALWAYS_INLINE result call_original(const struct wire_patched *p, uintptr_t frame_address) {
	typedef result function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	const uintptr_t *args = ARGUMENTS;
	if (unlikely(p->stack_words)) return patched_call(p->original, args, p->stack_words, (const uintptr_t *)arch_caller_sp(frame_address));
	return ((function *)p->original)(args[0], args[1], args[2], args[3], args[4], args[5]);
}

#define ORIGINAL call_original(p, frame_address)

ALWAYS_INLINE size_t bytes_of(const struct wire_patched *p, uintptr_t frame_address) {
	const uintptr_t *args = ARGUMENTS;
	size_t bytes = args[p->size - 1];
	/* An overflow makes the call fail. */
	return unlikely(p->count) ? bytes * args[p->count - 1] : bytes;
}

/* Whether a block of no bytes is asked for; not whether the product of size and count
 * is 0, which it is of an overflow too. */
static bool asks_for_none(const struct wire_patched *p, uintptr_t frame_address) {
	const uintptr_t *args = ARGUMENTS;
	return !args[p->size - 1] || (p->count && !args[p->count - 1]);
}

/* Begins a hook, unless the file's own code has called the function as what it is a
 * part of, such as glibc where it empties a thread's cache of free blocks. */
ALWAYS_INLINE struct thread *enter(const struct wire_patched *p, uintptr_t frame_address) {
	uintptr_t caller = ((const uintptr_t *)frame_address)[1];
	if (unlikely(caller - p->own_start < p->own_bytes) && arch_call_target(caller) == p->entry) return NULL;
	return thread_enter(frame_address);
}

HOOK(hook_alloc) {
	struct thread *t = enter(p, frame_address);
	result r = ORIGINAL;
	if (likely(t)) {
		record_alloc(t, (void *)(uintptr_t)r, bytes_of(p, frame_address), frame_address);
		thread_leave(t);
	} else {
		inner_allocated((uintptr_t)r, bytes_of(p, frame_address), frame_address);
	}
	return r;
}

/* The block's address goes to where an argument says, unless the call returns an error
 * or nobody wants to know it. */
HOOK(hook_alloc_out) {
	void **out = (void **)ARGUMENTS[p->out - 1];
	struct thread *t = enter(p, frame_address);
	result r = ORIGINAL;
	if (likely(t)) {
		if ((int)r == 0 && out) record_alloc(t, *out, bytes_of(p, frame_address), frame_address);
		thread_leave(t);
	} else if ((int)r == 0 && out) {
		inner_allocated((uintptr_t)*out, bytes_of(p, frame_address), frame_address);
	}
	return r;
}

HOOK(hook_free) {
	uintptr_t block = ARGUMENTS[p->pointer - 1];
	struct thread *t = block ? enter(p, frame_address) : NULL;
	if (likely(t)) record_free(t, (void *)block);
	else if (block) inner_frees(block, frame_address);
	result r = ORIGINAL;
	if (likely(t)) thread_leave(t);
	return r;
}

HOOK(hook_realloc) {
	struct thread *t = enter(p, frame_address);
	void *old = (void *)ARGUMENTS[p->pointer - 1];
	size_t bytes = bytes_of(p, frame_address);
	bool old_is_gone = asks_for_none(p, frame_address) || p->action == WIRE_ACTION_REALLOC_OR_FREE;
	if (unlikely(!t)) {
		bool told = old && inner_resizes((uintptr_t)old, frame_address);
		result r = ORIGINAL;
		if (told) inner_resized((uintptr_t)r, bytes, old_is_gone, frame_address);
		else if (!old) inner_allocated((uintptr_t)r, bytes, frame_address);
		return r;
	}
	bool under_way = old && record_realloc(t, old);
	result r = ORIGINAL;
	if (under_way) record_realloced(t, (void *)(uintptr_t)r, bytes, old_is_gone);
	else if (!old) record_alloc(t, (void *)(uintptr_t)r, bytes, frame_address);
	thread_leave(t);
	return r;
}

/* Returns the block's size, whether it could be resized or not. */
HOOK(hook_resize) {
	void *block = (void *)ARGUMENTS[p->pointer - 1];
	struct thread *t = block ? thread_enter(frame_address) : NULL;
	size_t bytes = bytes_of(p, frame_address);
	if (unlikely(!t)) {
		bool told = block && inner_resizes((uintptr_t)block, frame_address);
		result r = ORIGINAL;
		if (told) inner_resized((size_t)r >= bytes ? (uintptr_t)block : 0, bytes, false, frame_address);
		return r;
	}
	bool under_way = record_realloc(t, block);
	result r = ORIGINAL;
	if (under_way) record_realloced(t, (size_t)r >= bytes ? block : NULL, bytes, false);
	thread_leave(t);
	return r;
}

/* The child goes on behind the call, too. A function of another kind that has this
 * name makes none. */
HOOK(hook_fork) {
	uint32_t fork = process_announce_fork(frame_address);
	result r = ORIGINAL;
	process_notice_fork_of(fork);
	return r;
}

/* The function of the loader's that it calls for debuggers, each time that it has
 * mapped something or unmapped it; see patched_look. It changes no register, and
 * neither does this. */
HOOK(hook_loaded) {
	patched_look();
	(void)ORIGINAL;
	return arch_shim_results(frame_address);
}

/* It returns only if it has failed. */
HOOK(hook_exec) {
	const uintptr_t *args = ARGUMENTS;
	bool announced = exec_announce((const char *)args[0], (char *const *)args[2], frame_address);
	result r = ORIGINAL;
	if (announced) exec_failed(frame_address);
	return r;
}

HOOK(hook_map) { return mapping_map(p->original, ARGUMENTS, frame_address); }
HOOK(hook_unmap) { return mapping_unmap(p->original, ARGUMENTS, frame_address); }
HOOK(hook_remap) { return mapping_remap(p->original, ARGUMENTS, frame_address); }
HOOK(hook_break) { return mapping_break(p->original, ARGUMENTS, frame_address); }

static const char *shim_of(const struct wire_patched *p) {
	switch (p->action) {
	case WIRE_ACTION_ALLOC: return p->out ? shim_of_hook_alloc_out : shim_of_hook_alloc;
	case WIRE_ACTION_FREE: return shim_of_hook_free;
	case WIRE_ACTION_REALLOC:
	case WIRE_ACTION_REALLOC_OR_FREE: return shim_of_hook_realloc;
	case WIRE_ACTION_RESIZE: return shim_of_hook_resize;
	case WIRE_ACTION_MAP: return shim_of_hook_map;
	case WIRE_ACTION_UNMAP: return shim_of_hook_unmap;
	case WIRE_ACTION_REMAP: return shim_of_hook_remap;
	case WIRE_ACTION_BREAK: return shim_of_hook_break;
	case WIRE_ACTION_FORK: return shim_of_hook_fork;
	case WIRE_ACTION_LOADED: return shim_of_hook_loaded;
	case WIRE_ACTION_EXEC: return shim_of_hook_exec;
	}
	return NULL;
}

/* ---- the plan ---- */

/* Whether the module is the file that was planned for, from end to end. */
static bool is_planned(const struct wire_plan_module *m, const struct wire_patch *patches) {
	if (m->build_id_at && !bytes_equal((const void *)m->build_id_at, m->build_id, m->build_id_bytes)) return false;
	for (uint32_t i = 0; i < m->patches; i++)
		if (!bytes_equal((const void *)patches[i].entry, patches[i].expected, patches[i].expected_bytes)) return false;
	return true;
}

static size_t mapped_bytes(const struct wire_plan_module *m) { return (m->code_bytes + WIRE_PAGE - 1) & ~(size_t)(WIRE_PAGE - 1); }

static bool map_code(const struct wire_plan_module *m, const struct wire_patch *patches, const char *plan) {
	size_t bytes = mapped_bytes(m);
	if (!sys_map_at(m->code_at, bytes)) return false;
	char *code = (char *)m->code_at;
	memcpy(code, plan + m->code_offset, m->code_bytes);
	for (uint32_t i = 0; i < m->patches; i++) {
		struct wire_patched *p = (struct wire_patched *)(code + patches[i].record);
		p->shim = (uint64_t)shim_of(p);
	}
	arch_code_written(m->code_at, m->code_bytes);
	if (sys_protect(m->code_at, bytes, SYS_READ_EXECUTE) == 0) return true;
	sys_unmap(code, bytes);
	return false;
}

/* Writes over code. It stays executable all the while: where the system forbids
 * that, as SELinux may, it says so before anything was changed. */
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

/* For patched_original: what was patched at the start, which stays where it is. */
static struct {
	uintptr_t entry, original;
} patched[1024];
static uint32_t patched_count;

static void note_originals(const struct wire_plan_module *m, const struct wire_patch *patches) {
	for (uint32_t i = 0; i < m->patches && patched_count < COUNT_OF(patched); i++) {
		const struct wire_patched *p = (const struct wire_patched *)(m->code_at + patches[i].record);
		patched[patched_count].entry = patches[i].entry;
		patched[patched_count++].original = p->original;
	}
}

/* At the start, each module of the plan; later, what the loader has brought just now
 * and nobody has patched yet: who maps a library otherwise, to read it, say, would
 * find it changed. Returns whether a module lacked room that it had when it was
 * planned for. */
static bool apply_all(char *plan, bool at_start) {
	const struct wire_plan *head = (const struct wire_plan *)plan;
	struct wire_plan_module *modules = (struct wire_plan_module *)(plan + sizeof *head);
	const struct wire_patch *patches = (const struct wire_patch *)(modules + head->modules);
	bool lacked_room = false;
	for (uint32_t i = 0; i < head->modules; i++) {
		struct wire_plan_module *m = &modules[i];
		const struct wire_patch *own = patches + m->first_patch;
		struct object *o = at_start ? NULL : object_at(m->bias);
		if (!at_start && (!o || o->code)) {
			m->outcome = WIRE_PATCH_NOT_ASKED;
			continue;
		}
		m->outcome = apply(m, own, plan);
		lacked_room = lacked_room || m->outcome == WIRE_PATCH_NO_ROOM;
		if (m->outcome != WIRE_PATCHED) continue;
		if (at_start) {
			note_originals(m, own);
		} else {
			o->code_bytes = mapped_bytes(m);
			o->code = m->code_at;
		}
	}
	return lacked_room;
}

static bool lies_in_the_way(const char *plan, size_t bytes) {
	const struct wire_plan *head = (const struct wire_plan *)plan;
	const struct wire_plan_module *modules = (const struct wire_plan_module *)(plan + sizeof *head);
	uintptr_t at = (uintptr_t)plan;
	for (uint32_t i = 0; i < head->modules; i++)
		if (at < modules[i].code_at + mapped_bytes(&modules[i]) && modules[i].code_at < at + bytes) return true;
	return false;
}

/* The kernel may map the plan itself where a module's code is to lie. While it is
 * there, another mapping of it comes to lie elsewhere. */
static char *map_plan(const struct wire_process *slot) {
	char *plan = process_map_again(slot->plan_at, slot->plan_bytes);
	if (!plan || !lies_in_the_way(plan, slot->plan_bytes)) return plan;
	char *other = map_plan(slot);
	sys_unmap(plan, slot->plan_bytes);
	return other;
}

/* A recorder that runs answers within that many waits: a large file's symbols take it a
 * second. */
enum { PLAN_WAITS = 1200, PLAN_WAIT_MS = 50 };

/* Gets the plan that was asked for, and applies it. Returns whether to ask again. */
static bool follow_plan(bool at_start) {
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
	/* Their handlers may call what is half written. */
	uint64_t signals;
	bool blocked = sys_block_signals(&signals);
	bool again = apply_all(plan, at_start);
	if (blocked) sys_restore_signals(signals);
	sys_unmap(plan, slot->plan_bytes);
	store_release(&slot->plan, WIRE_PLAN_DONE);
	return again;
}

void patched_start(void) {
	follow_plan(true);
	objects_look(NULL, 0);
}

/* The loader has mapped what is new, and holds its lock: nobody runs code of it yet,
 * nor can, until its constructors are called. Relocations may be done or not: an
 * entry that one changes is not what was planned for.
 *
 * Nothing of the C library may be called from here. Signals wait: a handler that
 * loads a library would come back to here. */
void patched_look(void) {
	if (process.off) return;
	process_notice_fork();
	if (process.off) return;
	process.loader_held = false; /* else it would not have come here, or not come far */
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
		if (!follow_plan(false)) break;
	}
	if (blocked) sys_restore_signals(signals);
}

void *patched_original(void *function) {
	for (uint32_t i = 0; i < patched_count; i++)
		if (patched[i].entry == (uintptr_t)function) return (void *)patched[i].original;
	return function;
}
