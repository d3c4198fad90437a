/* The front for C++'s operator new and delete. The C++ library's operators call malloc and
 * free, which are wrapped; but an allocator that replaces malloc mostly brings operators of
 * its own, which do not. */
#ifndef HEAPPROF_FRONT_OPERATORS_H
#define HEAPPROF_FRONT_OPERATORS_H

#include "base.h"

/* Finds the definitions behind the tracker library in the search order. Called again, looks
 * for those that were not found. */
void front_operators_find(void);

/* From now on, announces which operator the program has called (family.h). */
void front_operators_announce(void);

/* From now on, calls the originals of the operators that have been patched. */
void front_operators_call_originals(void);

/* From now on, has the allocator's own operators make fresh blocks (fresh.h). */
void front_operators_make_fresh(void);

/* After a library was unloaded: forgets the definitions that came by dlopen, which may be
 * gone. */
void front_operators_forget_late(void);

#endif
