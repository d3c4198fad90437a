/* A library that holds blocks of rooted.c. */
#include <stddef.h>

static void *of_library;
static __thread void *of_library_thread[100];

void fill(void *(*make)(const char *, size_t)) {
	of_library = make("of_library", 60);
	of_library_thread[50] = make("of_library_thread", 61);
}
