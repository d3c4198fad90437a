#include "real.h"

#include "resolve.h"

struct real real;

void real_find(void) {
	struct real *r = &real;
	const struct wanted names[] = {
		{"malloc", (void **)&r->malloc},
		{"calloc", (void **)&r->calloc},
		{"realloc", (void **)&r->realloc},
		{"reallocarray", (void **)&r->reallocarray},
		{"free", (void **)&r->free},
		{"posix_memalign", (void **)&r->posix_memalign},
		{"aligned_alloc", (void **)&r->aligned_alloc},
		{"memalign", (void **)&r->memalign},
		{"valloc", (void **)&r->valloc},
		{"pvalloc", (void **)&r->pvalloc},
		{"free_sized", (void **)&r->free_sized},
		{"free_aligned_sized", (void **)&r->free_aligned_sized},
		{"malloc_usable_size", (void **)&r->malloc_usable_size},
		{"dlclose", (void **)&r->dlclose},
		/* The loader's own: a program may interpose a caching one. */
		{"dl_iterate_phdr", (void **)&r->dl_iterate_phdr},
	};
	resolve(names, COUNT_OF(names), NULL);
	if (!r->dl_iterate_phdr) r->dl_iterate_phdr = dl_iterate_phdr;
}

void real_replace(void *(*by)(void *function)) {
	void **functions = (void **)&real;
	for (size_t i = 0; i < sizeof real / sizeof *functions; i++) functions[i] = by(functions[i]);
}
