/* The files that the loader has mapped, by the lists that it keeps for debuggers. */
#ifndef HEAPPROF_OBJECTS_H
#define HEAPPROF_OBJECTS_H

#include "base.h"

struct object {
	uintptr_t dynamic; /* the address of its dynamic section, by which objects are told apart */
	uintptr_t bias;    /* its load address */
	uintptr_t code;    /* of its hooks, if it came by dlopen and has some; else 0 */
	size_t code_bytes;
	uint32_t came, seen; /* the looks at which it was found first and last */
};

/* Where objects that have come since the last look have their dynamic sections: the
 * lowest and the highest address; and where none has, lo is above hi. */
struct objects_new {
	uintptr_t lo, hi;
};

/* Looks at the lists, and gives back the code of the hooks of what is not in them any
 * more. To be called where nobody changes them: by the thread that loads. */
struct objects_new objects_look(void);

/* What has come by the last look and has this load address, or NULL. */
struct object *object_at(uintptr_t bias);

#endif
