/* Types and attributes that every file of the tracker uses. The tracker links
 * against nothing: no libc function may be called from it except the few that
 * imports.h lists. */
#ifndef HEAPPROF_BASE_H
#define HEAPPROF_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define EXPORT __attribute__((visibility("default")))
#define NOINLINE __attribute__((noinline))
#define COLD __attribute__((cold, noinline))
#define FLAT __attribute__((flatten)) /* with all inside that its file has: for the most frequent */
#define ALWAYS_INLINE static inline __attribute__((always_inline))

/* The second build of the library, for a process that runs already and is to run on without it: see front_attached.c. */
#ifdef HEAPPROF_ATTACHED
enum { ATTACHED = 1 };
/* The loader gives such a library no variables of each thread. What has this is of no use there. */
#define PER_THREAD
#else
enum { ATTACHED = 0 };
#define PER_THREAD __thread
#endif

#define likely(x) __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define COUNT_OF(a) (sizeof(a) / sizeof((a)[0]))

#define load_relaxed(p) __atomic_load_n((p), __ATOMIC_RELAXED)
#define load_acquire(p) __atomic_load_n((p), __ATOMIC_ACQUIRE)
#define store_relaxed(p, v) __atomic_store_n((p), (v), __ATOMIC_RELAXED)
#define store_release(p, v) __atomic_store_n((p), (v), __ATOMIC_RELEASE)
#define add_relaxed(p, v) __atomic_fetch_add((p), (v), __ATOMIC_RELAXED)

#endif
