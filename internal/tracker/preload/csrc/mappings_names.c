/* The names of the mapping calls, for as long as libc's own functions are not patched. */
#include "mappings.h"

#include "record.h"
#include "resolve.h"

static uintptr_t real[4];

static uintptr_t hook(unsigned which, const uintptr_t *args, uintptr_t frame_address) {
	static uintptr_t (*const hooks[])(uintptr_t, const uintptr_t *, uintptr_t) = {mapping_map, mapping_unmap, mapping_remap, mapping_break};
	if (!real[which]) {
		const struct wanted names[] = {{"mmap", (void **)&real[0]}, {"munmap", (void **)&real[1]}, {"mremap", (void **)&real[2]}, {"brk", (void **)&real[3]}};
		resolve(names, COUNT_OF(names), NULL);
	}
	if (process_start() && process.control && (process.control->flags & WIRE_MAPPINGS)) return hooks[which](real[which], args, frame_address);
	typedef uintptr_t function(uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t, uintptr_t);
	return ((function *)real[which])(args[0], args[1], args[2], args[3], args[4], args[5]);
}

EXPORT uintptr_t mmap(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) {
	return hook(0, (uintptr_t[]){a, b, c, d, e, f}, FRAME);
}
EXPORT uintptr_t mmap64(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e, uintptr_t f) {
	return hook(0, (uintptr_t[]){a, b, c, d, e, f}, FRAME);
}
EXPORT uintptr_t munmap(uintptr_t a, uintptr_t b) { return hook(1, (uintptr_t[6]){a, b}, FRAME); }
EXPORT uintptr_t mremap(uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d, uintptr_t e) {
	return hook(2, (uintptr_t[6]){a, b, c, d, e}, FRAME);
}
EXPORT int brk(uintptr_t a) { return (int)hook(3, (uintptr_t[6]){a}, FRAME); }
