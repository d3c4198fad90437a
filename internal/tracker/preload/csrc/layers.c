#include "layers.h"

#include "phdr.h"
#include "real.h"
#include "resolve.h"

/* The code that counts as a layer. An allocator that is a library of its own does as a
 * whole. Of libc only the functions do (musl's calloc calls its malloc): a call from
 * elsewhere in libc may be a strdup in a signal handler that has interrupted a hook. The
 * tracker's own code does too: a wrapped function returns there that was jumped to at the
 * end of another one. */
enum {
	FUNCTIONS = 8,
	MODULES = 2, /* the tracker, and the allocator's library */
};
static struct {
	uintptr_t start, bytes;
} layers[FUNCTIONS + MODULES];
static size_t layer_count;
static bool are_none;

static void add_layer(uintptr_t start, uintptr_t bytes) {
	if (layer_count == COUNT_OF(layers)) return;
	layers[layer_count].start = start;
	layers[layer_count++].bytes = bytes;
}

/* Functions of the C library's. */
struct libc {
	void *start, *glibc, *threads; /* what only glibc has; what was in a library of its own before glibc 2.34 */
};

static int note_module(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size;
	const struct libc *functions = data;
	uintptr_t tracker = (uintptr_t)&layers_find, allocator = (uintptr_t)real.malloc, libc = (uintptr_t)functions->start;
	uintptr_t start, end;
	if (!phdr_range(info, &start, &end)) return 0;
	are_none = are_none || (libc - start < end - start && allocator - start < end - start && functions->glibc && (uintptr_t)functions->threads - start < end - start);
	if (tracker - start < end - start || (allocator - start < end - start && libc - start >= end - start)) add_layer(start, end - start);
	return 0;
}

void layers_find(void) {
	struct libc libc = {0};
	const struct wanted start[] = {{"__libc_start_main", &libc.start}, {"gnu_get_libc_version", &libc.glibc}, {"pthread_create", &libc.threads}};
	resolve(start, COUNT_OF(start), NULL);
	dl_iterate_phdr(note_module, &libc);

	void *functions[FUNCTIONS] = {0};
	size_t sizes[COUNT_OF(functions)] = {0};
	const struct wanted names[] = {
		{"calloc", &functions[0]},
		{"realloc", &functions[1]},
		{"reallocarray", &functions[2]},
		{"posix_memalign", &functions[3]},
		{"aligned_alloc", &functions[4]},
		{"memalign", &functions[5]},
		{"valloc", &functions[6]},
		{"pvalloc", &functions[7]},
	};
	resolve(names, COUNT_OF(names), sizes);
	for (size_t i = 0; i < COUNT_OF(functions); i++)
		if (functions[i]) add_layer((uintptr_t)functions[i], sizes[i]);
}

bool layers_are_none(void) { return are_none; }

bool layers_hold(uintptr_t caller) {
	for (size_t i = 0; i < layer_count; i++)
		if (caller - layers[i].start < layers[i].bytes) return true;
	return false;
}

/* Defined by the linker: the first byte of the tracker library, and the one behind its
 * last. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

bool layers_in_tracker(uintptr_t pc) { return pc - (uintptr_t)__ehdr_start < (uintptr_t)(_end - __ehdr_start); }
