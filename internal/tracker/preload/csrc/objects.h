/* The files that the loader has mapped, by the lists that it keeps for debuggers. */
#ifndef HEAPPROF_OBJECTS_H
#define HEAPPROF_OBJECTS_H

#include "base.h"
#include "imports.h"

struct object {
	uintptr_t dynamic; /* the address of its dynamic section, by which objects are told apart */
	uintptr_t bias;    /* its load address */
	uintptr_t code;    /* of its hooks, if it came by dlopen and has some; else 0 */
	size_t code_bytes;
	uint32_t came, seen; /* the looks at which it was found first and last */
};

/* The objects that have come since the last look: the lowest and the highest address
 * of their dynamic sections, lo above hi if there are none; how long the list of
 * their paths is, 0 if that is not whole; and of how many nothing is kept, since the system
 * gave no memory for that. */
struct objects_new {
	uintptr_t lo, hi;
	uint32_t names_bytes, unplaced;
};

/* Looks at the lists, writes the new objects' paths to names, each ended by a zero, and
 * gives back the code of the hooks of what is not in them any more. To be called where
 * nobody changes them: by the thread that loads. */
struct objects_new objects_look(char *names, uint32_t names_size);

/* Calls visit with what the loader has mapped into the namespaces of dlmopen's. To be
 * called while the loader changes nothing. */
void objects_in_namespaces(void (*visit)(const struct link_map *, void *), void *data);

/* Writes to path, of size bytes, the path of what the loader has by this name, not
 * terminated, and returns its length. The loader keeps a relative name as it was given, from
 * the directory of that moment. */
size_t objects_path(const char *name, char *path, size_t size);

/* Calls visit with the address of the dynamic section and the load address of each object that was new at the last look; the
 * program is the first of the first look. */
void objects_each_new(void (*visit)(uintptr_t dynamic, uintptr_t bias));

/* Reports whether the loader is about to unmap objects: those may be in the lists still. To be called by the thread that does. */
bool objects_are_going(void);

/* Reports whether the object with this dynamic section was in the lists at the last look. */
bool objects_have(uintptr_t dynamic);

/* Reports whether what has this load address may be loaded still. */
bool objects_may_have(uintptr_t bias);

/* Returns the object with this load address, if it was new at the last look; or NULL. */
struct object *objects_at(uintptr_t bias);

#endif
