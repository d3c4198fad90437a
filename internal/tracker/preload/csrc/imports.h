/* Everything the tracker asks of the program's libraries. Each is imported
 * without a version, so that one file loads under any glibc and under musl; a
 * Go test holds the list. Weak: the program may come without it. */
#ifndef HEAPPROF_IMPORTS_H
#define HEAPPROF_IMPORTS_H

#include <link.h> /* struct dl_phdr_info, struct r_debug and the ELF types: declarations only */

#ifdef HEAPPROF_ATTACHED
/* No loader binds a library to the program's that comes when that runs: the recorder says where these are. NULL: there is
 * none. What else there is below is imported by nothing that this library has. */
struct imports {
	int (*dl_iterate_phdr)(int (*)(struct dl_phdr_info *, size_t, void *), void *);
	int *(*errno_location)(void);
	const struct r_debug *loader;
};
extern struct imports imports __attribute__((visibility("hidden")));
#define __errno_location (*imports.errno_location)
#define _r_debug (*imports.loader)
#else
/* Where the thread's errno is. */
extern int *__errno_location(void) __attribute__((weak));

/* The loader's lists of what it has mapped, which are there for debuggers: glibc's. */
extern struct r_debug _r_debug __attribute__((weak));
#endif

extern int dl_iterate_phdr(int (*)(struct dl_phdr_info *, size_t, void *), void *);

/* To hear of a thread's end. In libpthread before glibc 2.34. */
extern int pthread_key_create(unsigned *, void (*)(void *)) __attribute__((weak));
extern int pthread_key_delete(unsigned) __attribute__((weak));
extern int pthread_setspecific(unsigned, const void *) __attribute__((weak));

/* To hear of forks; the first is glibc's, the second musl's. */
extern int __register_atfork(void (*)(void), void (*)(void), void (*)(void), void *) __attribute__((weak));
extern int pthread_atfork(void (*)(void), void (*)(void), void (*)(void)) __attribute__((weak));

extern char **environ __attribute__((weak));

/* musl's pointer to its _r_debug. */
extern const struct r_debug *const _dl_debug_addr __attribute__((weak));

#endif
