/* Prints an event of each kind as wire_event.h encodes it, a line each: its name and its
 * words. The fields are what event_test.go looks for: each has another value, with bits
 * at both of its ends. */
#include "../../preload/csrc/wire_event.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static const char build_id[] = "\x81\x02\x03", path[] = "/usr/lib/libexample.so.1";

static void show(const char *name, const uint64_t *words, size_t bytes) {
	printf("%s", name);
	for (size_t i = 0; i < bytes / sizeof *words; i++) printf(" %" PRIx64, words[i]);
	printf("\n");
}

#define SHOW(name, event) \
	do { \
		__auto_type e = event; \
		show(name, e.w, sizeof e); \
	} while (0)

static void show_text(const char *name, const uint64_t *words, unsigned n, const char *first, size_t first_bytes, const char *second, size_t second_bytes) {
	uint64_t all[64];
	unsigned text = wire_text_words(first_bytes + second_bytes);
	memcpy(all, words, n * sizeof *words);
	for (unsigned i = 0; i < text; i++) all[n + i] = wire_text(first, first_bytes, second, second_bytes, i);
	show(name, all, (n + text) * sizeof *words);
}

int main(void) {
	const uint64_t stamp = 0x8123456789abcdf, address = 0x800000a0b0c1, bytes = 0x2000d0e0f0001, stack = 0x8070101;
	SHOW("alloc", wire_alloc(stamp, address, bytes, stack, WIRE_FAMILY_ONE));
	SHOW("free_through", wire_through(wire_free_sampled(stamp, address, true), stack, WIRE_FAMILY_ARRAY));
	SHOW("alloc_short", wire_alloc_short(0x80000f01, address, 0x8701, stack));
	SHOW("free", wire_free(stamp, address));
	SHOW("free_sampled", wire_free_sampled(stamp, address, true));
	SHOW("free_short", wire_free_short(0x8f01, 0x800000a0b010));
	SHOW("realloc", wire_realloc(stamp, address));
	SHOW("realloced", wire_realloced(stamp, address, bytes, stack));
	SHOW("realloc_failed", wire_realloc_failed(stamp));
	SHOW("realloc_freed", wire_realloc_freed(stamp));
	SHOW("free_inner", wire_free_inner(stamp, address));
	SHOW("realloc_inner", wire_realloc_inner(stamp, address));
	SHOW("node", wire_node(stack, 0x8060201, address, 0x8301));
	SHOW("thread", wire_thread(stamp, 0x7fffffff));
	SHOW("fork", wire_fork(stamp, 0x80000005));
	SHOW("call", wire_call(stamp, stack, 0x81, 0x8090101, 0x8000000d0e0f0001));
	SHOW("mapping", wire_mapping(stamp, (struct wire_mapping){.address = address, .bytes = 0x8000000d0e0f0001, .stack = stack, .change = WIRE_MAPPING_PUT | WIRE_MAPPING_INSIDE, .protection = 0x81, .flags = 0x80000031}));

	struct wire_event5 module = wire_module(&(struct wire_module){
		.number = 0x8401, .bypasses = true, .start = 0x8000000000001000, .end = 0x8000000000009000, .bias = 0x8000000000000010,
		.build_id_bytes = sizeof build_id - 1, .path_bytes = sizeof path - 1,
	});
	show_text("module", module.w, 5, build_id, sizeof build_id - 1, path, sizeof path - 1);

	static const struct {
		const char *name;
		uint64_t flags;
	} execs[] = {
		{"exec_failed", WIRE_EXEC_FAILED},
		{"exec_own", WIRE_EXEC_OWN},
		{"exec_library", WIRE_EXEC_LIBRARY},
		{"exec_memory", WIRE_EXEC_MEMORY},
	};
	for (size_t i = 0; i < sizeof execs / sizeof *execs; i++) {
		struct wire_event2 exec = wire_exec(stamp, execs[i].flags, sizeof path - 1);
		show_text(execs[i].name, exec.w, 2, path, sizeof path - 1, NULL, 0);
	}

	printf("is_alloc_short %d%d%d\n", wire_is_alloc_short(0xffffffff, 0xffff), wire_is_alloc_short(0x100000000, 0xffff), wire_is_alloc_short(0xffffffff, 0x10000));
	printf("is_free_short %d%d%d\n", wire_is_free_short(0xffff, 0x7ffffffffff0), wire_is_free_short(0x10000, 0x7ffffffffff0), wire_is_free_short(0xffff, 0x7ffffffffff8));
	printf("has_address %d%d\n", wire_has_address(0xffffffffffff), wire_has_address(0x1000000000000));
	return 0;
}
