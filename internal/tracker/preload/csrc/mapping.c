/* Most of these calls come from within malloc, while its hook is under way and its
 * locks are held. So they are recorded by a state of their own, as in a signal
 * handler (core_begin_inside), and the loader is not asked for anything.
 *
 * What is unmapped or moved is announced before the call and confirmed after it,
 * like a realloc: during the call the addresses may already become another thread's, and
 * only after it is it known whether the call succeeded. */
#include "mapping.h"

#include "core.h"
#include "sys.h"

enum { MREMAP_DONTUNMAP_ = 4 }; /* linux/mman.h */

static const uintptr_t map_failed = ~(uintptr_t)0;

static uintptr_t call(uintptr_t original, const uintptr_t *args) {
	typedef uintptr_t function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	return ((function *)original)(args[0], args[1], args[2], args[3], args[4], args[5]);
}

static void put(struct thread *t, uint64_t stamp, struct wire_mapping m) {
	/* No call maps anything beyond: the kernel refuses such a range. */
	if (m.address >= WIRE_ADDRESS_END) m.address = WIRE_ADDRESS_END - 1;
	if (m.bytes > WIRE_ADDRESS_END) m.bytes = WIRE_ADDRESS_END;
	if (t->under_way) m.change |= WIRE_MAPPING_INSIDE;
	t->stamp = stamp;
	ring_write4(t, wire_mapping(stamp, m));
}

static void before(struct thread *t, uintptr_t address, uint64_t bytes) {
	put(t, record_stamp_before(t), (struct wire_mapping){.address = address, .bytes = bytes, .stack = WIRE_ROOT, .change = WIRE_MAPPING_TAKE});
}

/* Returns the stack of the call's caller. Where the stack cannot be followed
 * up to the hook within which the call was made, as through musl, which has no unwind
 * information, it is the stack of that hook's caller. */
static uint64_t stack_of(struct thread *t, uintptr_t frame_address) {
	uint64_t stack = unwind(t, frame_address);
	bool ends = !t->known_last /* that one is whole */ && t->memo_root != WIRE_ROOT && t->memo_root != WIRE_ROOT_TRUNCATED;
	return unlikely(ends && t->under_way > frame_address) ? unwind(t, t->under_way) : stack;
}

/* Writes an event after the call, with its stack. */
static void after(struct thread *t, struct wire_mapping m, uintptr_t frame_address) {
	m.stack = stack_of(t, frame_address);
	put(t, arch_stamp_after(), m);
}

/* Writes the end of an unmapping: left is 0, or, if the call has failed, how many bytes lie
 * where they were. */
static void unmapped(struct thread *t, uintptr_t address, uint64_t left) {
	put(t, arch_stamp_after(), (struct wire_mapping){.address = address, .bytes = left, .stack = WIRE_ROOT, .change = WIRE_MAPPING_PUT});
}

uintptr_t mapping_map(uintptr_t original, const uintptr_t *args, uintptr_t frame_address) {
	CORE_CALL_INSIDE_BY(t, core_begin_inside(frame_address));
	uintptr_t address = call(original, args);
	struct wire_mapping m = {.address = address, .bytes = args[1], .change = WIRE_MAPPING_MAP, .protection = (uint8_t)args[2], .flags = (uint32_t)args[3]};
	if (t && address != map_failed) after(t, m, frame_address);
	return address;
}

uintptr_t mapping_unmap(uintptr_t original, const uintptr_t *args, uintptr_t frame_address) {
	CORE_CALL_INSIDE_BY(t, core_begin_inside(frame_address));
	if (t) before(t, args[0], args[1]);
	int failed = (int)call(original, args);
	if (t) unmapped(t, args[0], failed ? args[1] : 0);
	return (uintptr_t)(intptr_t)failed;
}

uintptr_t mapping_remap(uintptr_t original, const uintptr_t *args, uintptr_t frame_address) {
	/* An old size of 0 makes a second mapping of shared pages: see mremap(2). */
	uintptr_t old = args[0], moved = (args[3] & MREMAP_DONTUNMAP_) ? 0 : args[1];
	CORE_CALL_INSIDE_BY(t, core_begin_inside(frame_address));
	if (t) before(t, old, moved);
	uintptr_t address = call(original, args);
	if (!t) return address;
	if (address == map_failed) unmapped(t, old, moved);
	else after(t, (struct wire_mapping){.address = address, .bytes = args[2], .change = WIRE_MAPPING_PUT}, frame_address);
	return address;
}

uintptr_t mapping_break(uintptr_t original, const uintptr_t *args, uintptr_t frame_address) {
	/* brk(0), which changes nothing, is how libraries ask where the break is. */
	CORE_CALL_INSIDE_BY(t, args[0] ? core_begin_inside(frame_address) : NULL);
	if (!t) return call(original, args);
	uintptr_t old = sys_break(), lower = args[0];
	if (lower < old) before(t, lower, old - lower);
	int failed = (int)call(original, args);
	uintptr_t now = sys_break();
	if (lower < old) unmapped(t, lower, now - lower);
	else if (now > old) after(t, (struct wire_mapping){.address = old, .bytes = now - old, .change = WIRE_MAPPING_BREAK}, frame_address);
	return (uintptr_t)(intptr_t)failed;
}
