/* Part of a file as the loader would map it, in a buffer of exactly its size, so
 * that AddressSanitizer sees a read past either end. */
#ifndef HEAPPROF_CTEST_PART_H
#define HEAPPROF_CTEST_PART_H

#include "../csrc/cfi.h"

struct part {
	uint8_t *start;
	size_t bytes;
	uintptr_t bias; /* add to an address of the file's own */
	struct cfi_module cfi;
};

/* Loads the segment that .eh_frame_hdr lies in. Ends the program with a message
 * where the file has none. */
struct part part_load(const char *path);

#endif
