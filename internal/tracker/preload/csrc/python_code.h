/* Code objects of CPython's: the numbers by which the recorder knows them, and the lines of their
 * instructions. */
#ifndef HEAPPROF_PYTHON_CODE_H
#define HEAPPROF_PYTHON_CODE_H

#include "python_layout.h"
#include "thread.h"

/* What has been found out of an instruction: its place, as nodes have it. */
struct python_place {
	uintptr_t code; /* 0: the entry is empty */
	uint64_t offset, print, place;
};

enum {
	PYTHON_PLACE_BITS = 11,
	PYTHON_PLACES = 1 << PYTHON_PLACE_BITS,
};

/* Makes the table of numbers, unless there is one. Returns whether there is. */
bool python_code_begin(void);

/* Returns the place of the instruction so many bytes from the first one's in a code object: WIRE_PYTHON_PLACE with
 * its function's number and line. The recorder has been told of the function. places are what the thread remembers. */
uint64_t python_code_place(struct thread *t, const struct python_layout *l, struct python_place *places, uintptr_t code, uint64_t offset);

/* Returns the line of an instruction by a table of so many bytes, that of the function's first line where the table tells none. */
uint32_t python_code_line(enum python_lines kind, const uint8_t *table, size_t bytes, uint32_t first_line, uint64_t offset);

#endif
