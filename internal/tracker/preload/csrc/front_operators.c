#include "front_operators.h"

#include "core.h"
#include "family.h"
#include "fresh.h"
#include "phdr.h"
#include "plan.h"
#include "real.h"
#include "resolve.h"

/* Not formatted: rows of what belongs together. */
/* clang-format off */

/* Kinds of operators, in groups of four that share their arguments. */
enum operator_number {
	NEW, NEW_ARRAY, NEW_QUIET, NEW_ARRAY_QUIET,                                 /* (size[, nothrow]) */
	NEW_ALIGNED, NEW_ALIGNED_ARRAY, NEW_ALIGNED_QUIET, NEW_ALIGNED_ARRAY_QUIET, /* (size, alignment[, nothrow]) */
	DELETE, DELETE_ARRAY, DELETE_SIZED, DELETE_ARRAY_SIZED,                     /* (block[, size]) … */
	DELETE_QUIET, DELETE_ARRAY_QUIET, DELETE_ALIGNED, DELETE_ALIGNED_ARRAY,
	DELETE_ALIGNED_SIZED, DELETE_ALIGNED_ARRAY_SIZED, DELETE_ALIGNED_QUIET, DELETE_ALIGNED_ARRAY_QUIET,
	OPERATORS,
};

/* clang-format on */

/* All arguments are words in registers, so one type serves every form: what a
 * function does not take is not looked at. */
typedef void *operator_function(uintptr_t, uintptr_t, uintptr_t);

static struct {
	operator_function *real;
	bool of_allocator; /* it belongs to the allocator, and calls no malloc that is wrapped */
	bool late;         /* it came by dlopen */
} operators[OPERATORS];
_Static_assert((int)OPERATORS == (int)FAMILY_OPERATORS, "each has a number");

static bool found_at_start;

static int holds_allocator(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size;
	uintptr_t allocator = (uintptr_t)real.malloc, *range = data;
	uintptr_t start, end;
	if (!phdr_range(info, &start, &end) || allocator - start >= end - start) return 0;
	range[0] = start;
	range[1] = end;
	return 1;
}

/* Returns the real operator; or NULL where there is no C++ library, and so no caller. */
static COLD operator_function *real_of(enum operator_number n) {
	if (!core_start()) return NULL;
	if (!operators[n].real) front_operators_find();
	return operators[n].real;
}

static const char quiet; /* stands for std::nothrow, an empty object */

/* Has the program's new-handler make room, and reports whether there is one. */
static COLD bool make_room(void) {
	void (*(*get)(void))(void) = NULL;
	const struct wanted name[] = {{"_ZSt15get_new_handlerv", (void **)&get}};
	resolve(name, COUNT_OF(name), NULL);
	void (*handler)(void) = get ? get() : NULL;
	if (handler) handler();
	return handler;
}

/* Does what an operator does that is refused, and has no new-handler: it throws std::bad_alloc, or
 * returns NULL. */
static COLD void *refuse_new(enum operator_number n, uintptr_t b, uintptr_t c) {
	void (*throw)(void) = NULL;
	const struct wanted name[] = {{"_ZSt17__throw_bad_allocv", (void **)&throw}};
	if (n & 2) return NULL;
	resolve(name, COUNT_OF(name), NULL);
	if (throw) throw();
	/* Of another C++ library: it is asked for what nobody has. */
	return operators[n].real((uintptr_t)PTRDIFF_MAX - WIRE_PAGE, b, c);
}

/* Calls the allocator's own operator new, within a call of core.h, so that a malloc it
 * might call is not taken for another block. A throwing operator must not throw through
 * that call, so its nothrow sibling is called first. */
ALWAYS_INLINE void *hooked_new(enum operator_number n, uintptr_t bytes, uintptr_t b, uintptr_t c, uintptr_t frame_address) {
	operator_function *real = operators[n].real;
	if (unlikely(!real) && !(real = real_of(n))) return NULL;
	if (!operators[n].of_allocator) return real(bytes, b, c);
	bool throws = !(n & 2), aligned = n >= NEW_ALIGNED, quietly;
	enum operator_number sibling = n | 2;
	if (throws && !operators[sibling].of_allocator) return real(bytes, b, c);
	void *block;
	bool refused;
again : {
	CORE_CALL_AT(t, frame_address);
	quietly = throws && t;
	refused = core_refuses(t, NULL, bytes, frame_address);
	if (refused) block = NULL;
	else if (!quietly) block = real(bytes, b, c);
	else if (aligned) block = operators[sibling].real(bytes, b, (uintptr_t)&quiet);
	else block = operators[sibling].real(bytes, (uintptr_t)&quiet, 0);
	if (likely(!refused)) core_allocated(t, block, bytes, frame_address);
}
	if (unlikely(refused)) {
		/* An exception of the handler's may not leave an operator that does not throw, and only the
		 * allocator's own code could catch it. */
		if (throws && make_room()) goto again;
		return refuse_new(n, b, c);
	}
	if (likely(block) || !quietly) return block;
	/* It may throw now; or find memory that the program's new-handler has freed. */
	block = real(bytes, b, c);
	CORE_CALL_AT(t, frame_address);
	core_allocated(t, block, bytes, frame_address);
	return block;
}

ALWAYS_INLINE void *hooked_delete(enum operator_number n, uintptr_t block, uintptr_t b, uintptr_t c, uintptr_t frame_address) {
	operator_function *real = operators[n].real;
	if (unlikely(!real) && !(real = real_of(n))) return NULL;
	if (!block || !operators[n].of_allocator) return real(block, b, c);
	CORE_CALL_AT(t, frame_address);
	core_frees(t, (void *)block, frame_address);
	real(block, b, c);
	return NULL;
}

/* Not formatted: a line for each. */
/* clang-format off */
#define EACH(new, delete) \
	new(NEW, _Znwm) \
	new(NEW_ARRAY, _Znam) \
	new(NEW_QUIET, _ZnwmRKSt9nothrow_t) \
	new(NEW_ARRAY_QUIET, _ZnamRKSt9nothrow_t) \
	new(NEW_ALIGNED, _ZnwmSt11align_val_t) \
	new(NEW_ALIGNED_ARRAY, _ZnamSt11align_val_t) \
	new(NEW_ALIGNED_QUIET, _ZnwmSt11align_val_tRKSt9nothrow_t) \
	new(NEW_ALIGNED_ARRAY_QUIET, _ZnamSt11align_val_tRKSt9nothrow_t) \
	delete(DELETE, _ZdlPv) \
	delete(DELETE_ARRAY, _ZdaPv) \
	delete(DELETE_SIZED, _ZdlPvm) \
	delete(DELETE_ARRAY_SIZED, _ZdaPvm) \
	delete(DELETE_QUIET, _ZdlPvRKSt9nothrow_t) \
	delete(DELETE_ARRAY_QUIET, _ZdaPvRKSt9nothrow_t) \
	delete(DELETE_ALIGNED, _ZdlPvSt11align_val_t) \
	delete(DELETE_ALIGNED_ARRAY, _ZdaPvSt11align_val_t) \
	delete(DELETE_ALIGNED_SIZED, _ZdlPvmSt11align_val_t) \
	delete(DELETE_ALIGNED_ARRAY_SIZED, _ZdaPvmSt11align_val_t) \
	delete(DELETE_ALIGNED_QUIET, _ZdlPvSt11align_val_tRKSt9nothrow_t) \
	delete(DELETE_ALIGNED_ARRAY_QUIET, _ZdaPvSt11align_val_tRKSt9nothrow_t)

/* clang-format on */

/* The operators for arrays have odd numbers. */
ALWAYS_INLINE void announce(enum operator_number n, uintptr_t a, uintptr_t caller_sp, uintptr_t return_address) {
	if (n < DELETE) family_announce(n & 1 ? WIRE_FAMILY_ARRAY : WIRE_FAMILY_ONE, 0, caller_sp, return_address);
	else if (a) family_announce(n & 1 ? WIRE_FAMILY_ARRAY : WIRE_FAMILY_ONE, a, caller_sp, return_address);
}

/* Every operator's name is a jump through a pointer of its own: to a hook, until it is
 * known that the real operator calls malloc; from then on to the real one, leaving no
 * trace on the stack. Where operators are announced, there is one more jump between. */
#define NEW_HOOK(n, name) \
	static void *hook##name(uintptr_t a, uintptr_t b, uintptr_t c) { return hooked_new(n, a, b, c, CORE_FRAME); } \
	JUMP(n, name)
#define DELETE_HOOK(n, name) \
	static void *hook##name(uintptr_t a, uintptr_t b, uintptr_t c) { return hooked_delete(n, a, b, c, CORE_FRAME); } \
	JUMP(n, name)
#define JUMP(n, name) \
	extern operator_function *front_operators_target##name __attribute__((visibility("hidden"))); \
	operator_function *front_operators_target##name = hook##name; \
	ARCH_JUMP_THROUGH(name, front_operators_target##name) \
	extern operator_function *front_operators_announced##name __attribute__((visibility("hidden"))); \
	operator_function *front_operators_announced##name; \
	__attribute__((used)) static void announce##name(uintptr_t a, uintptr_t caller_sp, uintptr_t return_address) { announce(n, a, caller_sp, return_address); } \
	void *front_operators_announce##name(uintptr_t, uintptr_t, uintptr_t) __attribute__((visibility("hidden"))); \
	ARCH_JUMP_TELLING(front_operators_announce##name, announce##name, front_operators_announced##name)
EACH(NEW_HOOK, DELETE_HOOK)

#define HOOK_OF(n, name) [n] = hook##name,
#define TARGET_OF(n, name) [n] = &front_operators_target##name,
#define ANNOUNCE_OF(n, name) [n] = front_operators_announce##name,
#define ANNOUNCED_OF(n, name) [n] = &front_operators_announced##name,
static operator_function *const hooks[OPERATORS] = {EACH(HOOK_OF, HOOK_OF)};
static operator_function **const targets[OPERATORS] = {EACH(TARGET_OF, TARGET_OF)};
static operator_function *const announce_and_jump[OPERATORS] = {EACH(ANNOUNCE_OF, ANNOUNCE_OF)};
static operator_function **const announced_targets[OPERATORS] = {EACH(ANNOUNCED_OF, ANNOUNCED_OF)};

static bool announces;

/* Has an operator's name lead to a function. */
static void lead(unsigned n, operator_function *to) { store_release(announces ? announced_targets[n] : targets[n], to); }

void front_operators_find(void) {
#define WANTED(n, name) {#name, (void **)&found[n]},
	operator_function *found[OPERATORS];
	const struct wanted names[OPERATORS] = {EACH(WANTED, WANTED)};
	size_t bytes[OPERATORS] = {0};
	for (unsigned i = 0; i < OPERATORS; i++) found[i] = operators[i].real;
	resolve(names, OPERATORS, bytes);
	uintptr_t allocator[2] = {0};
	dl_iterate_phdr(holds_allocator, allocator);
	for (unsigned i = 0; i < OPERATORS; i++) {
		if (!found[i] || operators[i].real) continue;
		operators[i].of_allocator = (uintptr_t)found[i] - allocator[0] < allocator[1] - allocator[0];
		operators[i].late = found_at_start;
		family_note_operator(i, (uintptr_t)found[i], bytes[i]);
		store_release(&operators[i].real, found[i]);
		if (!operators[i].of_allocator) lead(i, found[i]);
	}
	found_at_start = true;
}

void front_operators_announce(void) {
#define NAME(n, name) {#name, NULL},
	const struct wanted names[OPERATORS] = {EACH(NAME, NAME)};
	/* Operators of the program's own are called past these, and may call those that are left. */
	if (resolve_is_preempted(names, OPERATORS)) return;
	for (unsigned i = 0; i < OPERATORS; i++) {
		*announced_targets[i] = *targets[i];
		store_release(targets[i], announce_and_jump[i]);
	}
	announces = true;
}

void front_operators_call_originals(void) {
	for (unsigned i = 0; i < OPERATORS; i++)
		if (operators[i].of_allocator) operators[i].real = (operator_function *)plan_original((void *)operators[i].real);
}

/* The operators that make blocks, by their numbers: as hooks that ask for what is fresh, and what
 * these call. One that throws is asked for no less. */
static operator_function *behind[DELETE];
#define FRESH(n, name) \
	static void *fresh##name(uintptr_t bytes, uintptr_t b, uintptr_t c) { \
		size_t asked = fresh_ask(bytes); \
		void *block = behind[n](asked, b, c); \
		if (!block && asked != bytes) block = behind[n](asked = bytes, b, c); \
		return n < NEW_ALIGNED ? fresh_block(block, asked) : fresh_zero(block, asked); \
	}
#define NONE(n, name)
#define FRESH_OF(n, name) [n] = fresh##name,
EACH(FRESH, NONE)
static operator_function *const fresh[DELETE] = {EACH(FRESH_OF, NONE)};

static void *delete_aligned(uintptr_t block, uintptr_t size, uintptr_t alignment) {
	(void)size;
	return operators[DELETE_ALIGNED].real(block, alignment, 0);
}

static void *delete_aligned_array(uintptr_t block, uintptr_t size, uintptr_t alignment) {
	(void)size;
	return operators[DELETE_ALIGNED_ARRAY].real(block, alignment, 0);
}

/* An allocator that is told a size looks for the block where those of that size are. */
static void forget_size(enum operator_number sized, enum operator_number plain, operator_function *by) {
	if (operators[sized].of_allocator && operators[plain].of_allocator) operators[sized].real = by;
}

void front_operators_make_fresh(void) {
	for (unsigned i = 0; i < DELETE; i++) {
		if (!operators[i].of_allocator) continue;
		behind[i] = operators[i].real;
		operators[i].real = fresh[i];
	}
	forget_size(DELETE_SIZED, DELETE, operators[DELETE].real);
	forget_size(DELETE_ARRAY_SIZED, DELETE_ARRAY, operators[DELETE_ARRAY].real);
	forget_size(DELETE_ALIGNED_SIZED, DELETE_ALIGNED, delete_aligned);
	forget_size(DELETE_ALIGNED_ARRAY_SIZED, DELETE_ALIGNED_ARRAY, delete_aligned_array);
}

void front_operators_forget_late(void) {
	for (unsigned i = 0; i < OPERATORS; i++) {
		if (!operators[i].late) continue;
		lead(i, hooks[i]);
		store_release(&operators[i].real, NULL);
	}
}
