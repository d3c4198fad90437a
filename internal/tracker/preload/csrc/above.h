/* The heap above 4 GiB. In a program that is not position-independent the break lies below: there a
 * whole number of 32 bits may be the address of a block. */
#ifndef HEAPPROF_ABOVE_H
#define HEAPPROF_ABOVE_H

#include "base.h"

/* Moves the break above 4 GiB, if it lies below and nobody has moved it yet. Where the system
 * does not let it be moved and it may be fenced, it cannot rise any more, so that the C library's
 * allocator maps its memory elsewhere; but a program that calls sbrk gets no memory then. */
void above_move_break(bool fence);

#endif
