/* What the library has mapped in a process that is to run on without it: all of it is to be gone then. In the other build
 * this is nothing. */
#ifndef HEAPPROF_MAPPED_H
#define HEAPPROF_MAPPED_H

#include "base.h"
#include "wire.h"

#ifdef HEAPPROF_ATTACHED

enum { MAPPED_PLACES = 1 << 17 };
extern struct wire_guest_mapping mapped_all[MAPPED_PLACES] __attribute__((visibility("hidden")));

/* Returns an entry for what is about to be mapped; NULL: there is none left, and nothing may be mapped. */
struct wire_guest_mapping *mapped_begin(void);

/* So many bytes have been mapped there; NULL: they have not. */
void mapped_end(struct wire_guest_mapping *m, const void *at, size_t bytes);

/* So many bytes are about to be unmapped, with which a mapping begins. */
void mapped_forget(const void *at, size_t bytes);

/* Moves an entry elsewhere. */
void mapped_move(const void *at, struct wire_guest_mapping *to);

#else

ALWAYS_INLINE const void *mapped_begin(void) { return ""; }
ALWAYS_INLINE void mapped_end(const void *m, const void *at, size_t bytes) { (void)m, (void)at, (void)bytes; }
ALWAYS_INLINE void mapped_forget(const void *at, size_t bytes) { (void)at, (void)bytes; }
ALWAYS_INLINE void mapped_move(const void *at, struct wire_guest_mapping *to) { (void)at, (void)to; }

#endif

#endif
