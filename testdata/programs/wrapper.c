/* A library to preload that passes each call of the allocator on to the next one, which it
 * asks the loader for by name, as tools that count or trace do. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stddef.h>

#define NEXT(result, name, parameters, arguments) \
	result name parameters \
	{ \
		static result (*next) parameters; \
		if (!next) \
			next = (result(*) parameters)dlsym(RTLD_NEXT, #name); \
		return next arguments; \
	}

NEXT(void *, malloc, (size_t size), (size))
NEXT(void *, calloc, (size_t count, size_t size), (count, size))
NEXT(void *, realloc, (void *block, size_t size), (block, size))
NEXT(void, free, (void *block), (block))
NEXT(int, posix_memalign, (void **block, size_t alignment, size_t size), (block, alignment, size))
