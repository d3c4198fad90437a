/* By which family of functions a block is allocated and freed, where what frees a block is
 * recorded with its stack: C's functions, C++'s operators for one object, or those for arrays.
 *
 * An operator of the C++ library's leaves no trace of its own: for arrays it jumps to the one
 * for objects, and that which deletes jumps to free. So an operator's front announces what it is
 * called for, and jumps on to the operator; and the hook of malloc or free at which that ends
 * finds the announcement, which it takes back. An operator may call others, and the new-handler,
 * which may do anything, as may a signal handler; and it may never come to a hook. So an
 * announcement is taken only if all agrees with it, and where an operator's code has called a
 * hook without one, nothing is told. */
#ifndef HEAPPROF_FAMILY_H
#define HEAPPROF_FAMILY_H

#include "thread.h"

enum { FAMILY_OPERATORS = 20 };

/* Notes where the code of operator number n lies, which calls hooks. */
void family_note_operator(unsigned n, uintptr_t start, size_t bytes);

/* An operator of the family is called, from where the return address says, by a caller whose
 * stack pointer is given. block is what it deletes; 0: it allocates. */
void family_announce(enum wire_family family, uintptr_t block, uintptr_t caller_sp, uintptr_t return_address);

/* Returns the family of the hook at frame_address, which has allocated a block, or is about to
 * free or resize one. */
enum wire_family family_of_alloc(uintptr_t frame_address);
enum wire_family family_of_free(struct thread *t, uintptr_t block, uintptr_t frame_address);

#endif
