/* The front for a static program, which has no loader: the recorder has put the tracker
 * library into it before its first instruction (internal/tracker/inject). */
#ifndef HEAPPROF_FRONT_INJECTED_H
#define HEAPPROF_FRONT_INJECTED_H

#include "base.h"
#include "imports.h"

/* What a loader would know of a module. */
struct injected_module {
	uintptr_t bias;
	const ElfW(Phdr) *headers;
	uint64_t header_count;
	const char *name; /* "" of the program */
};

/* What the recorder hands to the library's entry. What this points to stays where it is. */
struct injected {
	uint64_t count;
	struct injected_module modules[3]; /* the program, the tracker library, and the vdso if there is one */
};

/* Reports whether the tracker library was put into a program without a loader. */
bool front_injected_is_active(void);

#endif
