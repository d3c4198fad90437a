/* Finds functions in the libraries behind the tracker library in the search order, by
 * walking their symbol tables. dlsym could allocate, and its answer depends on its caller. */
#ifndef HEAPPROF_RESOLVE_H
#define HEAPPROF_RESOLVE_H

#include "base.h"

struct wanted {
	const char *name;
	void **address; /* set to the definition, or left as it is */
};

/* Looks up every name in the modules after this library, then in those before
 * it; a name whose address is set already is left alone. sizes is NULL, or an
 * array of count elements for the bytes that each function found has. */
void resolve(const struct wanted *names, size_t count, size_t *sizes);

/* The same of variables. */
void resolve_variables(const struct wanted *names, size_t count);

/* Reports whether a module before this library defines any of the names. */
bool resolve_is_preempted(const struct wanted *names, size_t count);

#endif
