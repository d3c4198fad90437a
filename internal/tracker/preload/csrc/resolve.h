/* Finds functions in the libraries behind the tracker library in the search order, by
 * walking their symbol tables. dlsym could allocate, and its answer depends on its caller. */
#ifndef HEAPPROF_RESOLVE_H
#define HEAPPROF_RESOLVE_H

#include "base.h"
#include "imports.h"

struct wanted {
	const char *name;
	void **address; /* set to the definition, or left as it is */
};

/* Looks up every name in the modules after this library, then in those before
 * it; a name whose address is set already is left alone. sizes is NULL, or an
 * array of count elements for the bytes that each function found has. */
void resolve(const struct wanted *names, size_t count, size_t *sizes);

/* A function or a variable that one module has. */
struct wanted_in {
	const char *name;
	void **address;
	size_t *size; /* NULL, or set to how many bytes it has */
	bool variable, optional;
};

/* Looks up every name in the module that has this dynamic section and load address, which may not be relocated yet, and
 * sets its address, NULL where it has none. Returns false as soon as one is missing that is not optional. */
bool resolve_in(const ElfW(Dyn) *dynamic, uintptr_t bias, const struct wanted_in *names, size_t count);

/* Reports whether a module before this library defines any of the names. */
bool resolve_is_preempted(const struct wanted *names, size_t count);

#endif
