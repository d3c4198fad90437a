/* What HotSpot has compressed: numbers, and the lines of a function's instructions. */
#ifndef HEAPPROF_JAVA_LINES_H
#define HEAPPROF_JAVA_LINES_H

#include "base.h"

/* Reads a compressed number (UNSIGNED5) that begins at *at, whose bytes are none below least, and moves *at behind it; not beyond end. */
uint32_t java_lines_number(uint8_t least, const uint8_t **at, const uint8_t *end);

/* Returns the line of the instruction at so many bytes, by a table that ends within so many; 0: it tells none. */
uint32_t java_lines_find(uint8_t least, const uint8_t *table, size_t bytes, uint32_t instruction);

#endif
