/* Reports whether memory can be read, which the kernel is asked for each page. */
#ifndef HEAPPROF_PROBE_H
#define HEAPPROF_PROBE_H

#include "base.h"

/* What has been found out so far. Begins as all zeros. */
struct probe {
	uintptr_t page; /* the number of one that can be read; 0: none is known */
};

/* Reports whether the byte at an address can be read. Cheap within one page. */
bool probe_byte(struct probe *p, const void *at);

/* Reports whether all of a range can be read. */
bool probe_range(uintptr_t at, size_t bytes);

#endif
