/* A program without a loader: a static one, into which the recorder has put us
 * before its first instruction (internal/tracker/inject). */
#ifndef HEAPPROF_FRONT_INJECTED_H
#define HEAPPROF_FRONT_INJECTED_H

#include "base.h"
#include "imports.h"

/* What a loader would know of a file that is mapped. */
struct injected_image {
	uintptr_t bias;
	const ElfW(Phdr) *headers;
	uint64_t header_count;
	const char *name; /* "" of the program */
};

/* What the recorder tells. What this points to stays where it is. */
struct injected {
	uint64_t count;
	struct injected_image images[3]; /* the program, ourselves, and the vdso if there is one */
};

/* Whether there is no loader. */
bool front_injected_is_active(void);

#endif
