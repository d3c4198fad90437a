/* Calls of the malloc family that fail or that standards leave open, each with its
 * result printed, so that two runs can be compared: in plenty of memory, and with
 * the argument "limited" under a limit on the address space that it sets itself.
 * With "foreign", blocks that did not come from malloc as others see it: taken
 * from the C library directly, by a pointer to its malloc, and freed and resized
 * as any other. Counts every block that malloc and its kin hand out here, not the
 * foreign ones. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#include "count.h"

/* The compiler must not judge these sizes. */
static volatile size_t huge = SIZE_MAX / 2 + 1, half = SIZE_MAX / 2, zero, none;

static void say(const char *what, const void *p)
{
	char line[128];
	int n = snprintf(line, sizeof line, "%s: %s, errno %d\n", what, p ? "a block" : "null", p ? 0 : errno);
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(99);
	errno = 0;
}

static void say_number(const char *what, long n)
{
	char line[128];
	int length = snprintf(line, sizeof line, "%s: %ld\n", what, n);
	if (write(STDOUT_FILENO, line, length) != length)
		_exit(99);
	errno = 0;
}

static void *counted_block(void *p, size_t size)
{
	if (p)
		count_alloc(size);
	return p;
}

static void release(void *p, size_t size)
{
	if (p)
		count_free(size);
	free(p);
}

static void reallocs(void)
{
	char *p = counted_block(malloc(500), 500);
	memset(p, 7, 500);
	char *q = realloc(p, huge);
	say("realloc too large", q);
	say_number("what it held", p[0] + p[499]);
	q = reallocarray(p, half, 4);
	say("reallocarray that overflows", q);
	q = reallocarray(p, zero, 4);
	say("reallocarray to nothing", q); /* frees p in glibc */
	count_free(500);
	p = counted_block(realloc(NULL, 300), 300);
	q = realloc(p, zero);
	say("realloc to nothing", q);
	count_free(300);
	p = counted_block(realloc(NULL, zero), 0);
	say("realloc of nothing to nothing", p);
	release(p, 0);
	say("reallocarray of nothing that overflows", reallocarray(NULL, huge, 2));
}

static void overflows(void)
{
	char untouched;
	say("calloc that overflows", calloc(huge, 2));
	say("calloc that overflows to a little", calloc(huge, 2 + zero));
	say("calloc too large", calloc(half, 1));
	say("malloc too large", malloc(huge));
	say("aligned_alloc too large", aligned_alloc(64, huge - 64));
	say("memalign too large", memalign(4096, SIZE_MAX - none - 100));
	say("valloc too large", valloc(SIZE_MAX - none - 100));
	say("pvalloc too large", pvalloc(SIZE_MAX - none - 100));
	void *p = &untouched;
	say_number("posix_memalign too large", posix_memalign(&p, 64, huge));
	say_number("and leaves its argument alone", p == &untouched);
}

static void bad_alignments(void)
{
	static const size_t alignments[] = {0, 1, 2, 3, 4, 7, 8, 24, 48, 100, 4095, SIZE_MAX / 2 + 1};
	for (unsigned i = 0; i < sizeof alignments / sizeof *alignments; i++) {
		size_t a = alignments[i];
		say_number("alignment", (long)a);
		void *p = NULL;
		int error = posix_memalign(&p, a, 100);
		say_number("  posix_memalign", error);
		if (!error)
			release(counted_block(p, 100), 100);
		p = counted_block(aligned_alloc(a, 100), 100);
		say("  aligned_alloc", p);
		release(p, 100);
		p = counted_block(memalign(a, 100), 100);
		say("  memalign", p);
		release(p, 100);
	}
}

static void usable(void)
{
	for (size_t size = 0; size < 3000; size = size * 2 + 5) {
		char *p = counted_block(malloc(size), size);
		size_t room = malloc_usable_size(p);
		say_number("usable", (long)room);
		memset(p, 1, room);
		release(p, size);
	}
	say_number("usable in nothing", (long)malloc_usable_size(NULL));
}

static void giants(void)
{
	enum { GIANTS = 4 };
	const size_t size = (size_t)8 << 30;
	char *p[GIANTS];
	for (int i = 0; i < GIANTS; i++) {
		p[i] = counted_block(malloc(size + i), size + i);
		say("8 GiB", p[i]);
	}
	for (int i = 1; i < GIANTS; i++)
		release(p[i], size + i);
	char *q = p[0] ? realloc(p[0], size * 2) : NULL;
	say("16 GiB by realloc", q);
	if (q)
		count_realloc(size, size * 2);
}

static void nothing(void)
{
	free(NULL);
	errno = ERANGE;
	release(counted_block(malloc(40), 40), 40);
	say_number("errno after free", errno);
}

static void limited(void)
{
	struct rlimit limit;
	char line[256] = "";
	FILE *f = fopen("/proc/self/statm", "r");
	if (!f || !fgets(line, sizeof line, f) || getrlimit(RLIMIT_AS, &limit))
		_exit(97);
	fclose(f);
	limit.rlim_cur = (rlim_t)atol(line) * 4096 + (64 << 20);
	if (setrlimit(RLIMIT_AS, &limit))
		_exit(96);
	/* What fits is far below the limit, what does not is far above it. */
	enum { SMALL = 100, SIZE = 100000, LARGE = 200 << 20 };
	void *small[SMALL];
	for (int i = 0; i < SMALL; i++)
		small[i] = counted_block(malloc(SIZE), SIZE);
	say("the last of many that fit", small[SMALL - 1]);
	for (int round = 0; round < 50; round++) {
		say("malloc beyond the limit", malloc(LARGE));
		say("calloc beyond the limit", calloc(LARGE, 1));
		say("realloc beyond the limit", realloc(small[round], LARGE));
		say("aligned_alloc beyond the limit", aligned_alloc(64, LARGE));
		void *p = NULL;
		say_number("posix_memalign beyond the limit", posix_memalign(&p, 64, LARGE));
		release(small[round], SIZE);
	}
	say("and one that fits", small[0] = counted_block(malloc(SIZE), SIZE));
}

static void foreign(void)
{
	void *libc = dlopen("libc.so.6", RTLD_NOW | RTLD_NOLOAD);
	void *(*others)(size_t) = libc ? (void *(*)(size_t))dlsym(libc, "malloc") : NULL;
	if (!others || others == malloc)
		say("no other malloc", libc); /* as natively, where the two are one */
	if (!others)
		_exit(95);
	for (int i = 0; i < 10; i++) {
		free(others(64));
		free(realloc(others(100), 1000));
	}
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	if (!strcmp(way, "limited"))
		limited();
	else if (!strcmp(way, "foreign"))
		foreign();
	else {
		reallocs();
		overflows();
		bad_alignments();
		usable();
		giants();
		nothing();
	}
	count_print();
	return 0;
}
