/* Fresh blocks, where it is to be told what holds them (WIRE_RETAINED). What is looked for is
 * addresses in memory, so what was there before a block is zeroed, and an address right behind a
 * block, as that of a container's end, must not be the address of another one.
 *
 * The real functions are replaced by ones that call them: without the flag nothing is different. */
#ifndef HEAPPROF_FRESH_H
#define HEAPPROF_FRESH_H

#include "base.h"

/* Looks at the allocator behind real.h. To be called before its functions are replaced. */
void fresh_find(void);

/* Has the functions of real.h make fresh blocks. */
void fresh_begin(void);

/* For other functions of the same allocator, which make blocks: how many bytes to ask it for, and
 * what to do with the block that it makes of so many, or with NULL. Returns the block. */
size_t fresh_ask(size_t bytes);
void *fresh_block(void *block, size_t asked);

/* Zeroes a new block of so many bytes, where no more is known of it; block may be NULL. Returns it. */
void *fresh_zero(void *block, size_t bytes);

/* Reports whether code is that of the allocator's library. */
bool fresh_is_allocators(uintptr_t code);

/* Returns the size to free a block with where a function at that address is told one: what the
 * program takes for the size, unless it is a function of the allocator that was asked for more. */
size_t fresh_size(uintptr_t function, void *block, size_t bytes);

#endif
