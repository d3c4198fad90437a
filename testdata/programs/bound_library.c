/* A library that bound.c loads: it makes, grows and frees blocks by each function of the
 * C library's, in its own threads too, and counts them. Its functions are those that its
 * references lead to, or what bound_to finds in the C library by a handle. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <malloc.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

static struct {
	void *(*malloc)(size_t), *(*calloc)(size_t, size_t), *(*realloc)(void *, size_t), *(*reallocarray)(void *, size_t, size_t);
	void (*free)(void *);
	int (*posix_memalign)(void **, size_t, size_t);
	void *(*aligned_alloc)(size_t, size_t), *(*memalign)(size_t, size_t), *(*valloc)(size_t), *(*pvalloc)(size_t);
} to = {malloc, calloc, realloc, reallocarray, free, posix_memalign, aligned_alloc, memalign, valloc, pvalloc};

static int find(void *libc, const char *prefix, const char *name, void *function)
{
	char whole[64];
	strcat(strcpy(whole, prefix), name);
	*(void **)function = dlsym(libc, whole);
	return *(void **)function == NULL;
}

/* Returns how many functions have no name with the prefix. */
int bound_to(const char *prefix)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	int missing = find(libc, prefix, "malloc", &to.malloc) + find(libc, prefix, "calloc", &to.calloc) + find(libc, prefix, "realloc", &to.realloc) + find(libc, prefix, "free", &to.free) + find(libc, prefix, "memalign", &to.memalign) + find(libc, prefix, "valloc", &to.valloc) + find(libc, prefix, "pvalloc", &to.pvalloc);
	if (prefix[0])
		return missing;
	return missing + find(libc, "", "reallocarray", &to.reallocarray) + find(libc, "", "posix_memalign", &to.posix_memalign) + find(libc, "", "aligned_alloc", &to.aligned_alloc);
}

/* A block of 1,000 bytes, in one of twelve ways. */
__attribute__((noinline)) void *bound_make(int way)
{
	void *p = NULL;
	switch (way % 12) {
	case 0: p = to.malloc(1000); break;
	case 1: p = to.calloc(10, 100); break;
	case 2: p = to.realloc(NULL, 1000); break;
	case 3: p = to.realloc(to.malloc(10), 1000); count_alloc(10); count_free(10); break;
	case 4: p = to.reallocarray(NULL, 10, 100); break;
	case 5: p = to.reallocarray(to.malloc(10), 10, 100); count_alloc(10); count_free(10); break;
	case 6: if (to.posix_memalign(&p, 64, 1000)) p = NULL; break;
	case 7: p = to.aligned_alloc(8, 1000); break;
	case 8: p = to.memalign(64, 1000); break;
	case 9: p = to.valloc(1000); break;
	case 10: p = to.pvalloc(1000); break;
	case 11:
		to.free(strdup("by the C library's own reference, and not counted"));
		p = to.malloc(1000);
		break;
	}
	count_alloc(1000);
	return p;
}

__attribute__((noinline)) void *bound_grow(void *p, size_t size, size_t to_size)
{
	p = to_size % 2 ? to.realloc(p, to_size) : to.reallocarray(p, to_size / 2, 2);
	count_realloc(size, to_size);
	return p;
}

__attribute__((noinline)) void bound_drop(void *p, size_t size)
{
	to.free(p);
	count_free(size);
}

/* Nobody gives these a value. */
static pthread_key_t keys[40];
static int strangers;

static void stranger(void *value)
{
	(void)value;
	strangers++;
}

static void look_for_strangers(void)
{
	for (int i = 0; i < 40; i++)
		strangers += pthread_getspecific(keys[i]) != NULL;
}

static void *in_thread(void *kept)
{
	for (int i = 0; i < 120; i++)
		bound_drop(bound_make(i), 1000);
	(void)kept;
	look_for_strangers();
	return bound_make(0);
}

/* Each thread leaves free blocks in its cache, which glibc empties by its own free. Returns
 * how often a value of another one's was found in a thread. */
int bound_threads(void)
{
	for (int i = 0; i < 40; i++)
		if (pthread_key_create(&keys[i], stranger))
			return 2;
	look_for_strangers();
	free(malloc(100)); /* by a reference of the library's, whatever bound_to has found */
	count_alloc(100);
	count_free(100);
	for (int i = 0; i < 5; i++) {
		pthread_t thread;
		void *p;
		if (pthread_create(&thread, NULL, in_thread, NULL) || pthread_join(thread, &p))
			return 1;
		bound_drop(p, 1000);
	}
	return strangers;
}

const void *bound_counted(void) { return &counted; }
