/* Loads the library argv[2] (guest.c) in the way that argv[1] names: plain,
 * deepbind (its malloc is the C library's own, whoever wraps that), namespace
 * (dlmopen: with a C library of its own), path (it opens the library argv[3] by
 * its bare name, which only its own RPATH finds), cycles (argv[3] times, at ever
 * other addresses), none (it is preloaded). Each but cycles has the library make
 * 40 blocks of 500 bytes and drop 30, of another one with path; it counts those
 * apart, as guest_bytes= and so on, from what the library has it allocate by a
 * call back, in the usual names. With cycles all blocks are in the usual names,
 * and grown= is by how many KiB the resident memory grew after the first tenth. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "count.h"

typedef void *make(size_t);
typedef void drop(void *);
typedef void *call(make *, size_t);
typedef void *open_library(const char *);

static void *kept[40];

__attribute__((noinline)) static void *back(size_t size)
{
	void *p = malloc(size);
	__asm__ volatile("" ::: "memory");
	count_alloc(size);
	return p;
}

static int use(void *library)
{
	make *guest_make = (make *)dlsym(library, "guest_make");
	drop *guest_drop = (drop *)dlsym(library, "guest_drop");
	call *guest_call = (call *)dlsym(library, "guest_call");
	if (!guest_make || !guest_drop || !guest_call)
		return 1;
	for (int i = 0; i < 40; i++)
		kept[i] = guest_make(500);
	for (int i = 0; i < 30; i++)
		guest_drop(kept[i]);
	for (int i = 0; i < 20; i++) {
		free(guest_call(back, 1000));
		count_free(1000);
	}
	return guest_call(back, 77) == NULL;
}

static long resident(void)
{
	char text[64] = "";
	long pages = 0;
	int fd = open("/proc/self/statm", O_RDONLY);
	if (read(fd, text, sizeof text - 1) > 0)
		sscanf(text, "%*d %ld", &pages);
	close(fd);
	return pages * 4;
}

static int cycles(const char *name, int n)
{
	long before = 0;
	for (int i = 0; i < n; i++) {
		if (i == n / 10)
			before = resident();
		void *library = dlopen(name, RTLD_NOW);
		if (!library)
			return 1;
		make *guest_make = (make *)dlsym(library, "guest_make");
		drop *guest_drop = (drop *)dlsym(library, "guest_drop");
		void *p = guest_make(100);
		count_alloc(100);
		guest_drop(p);
		count_free(100);
		dlclose(library);
		/* The loader takes the highest gap that is large enough: fill it. */
		if (mmap(NULL, 64 << 10, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) == MAP_FAILED)
			return 2;
	}
	char line[64];
	int length = snprintf(line, sizeof line, "grown=%ld ", resident() - before);
	return write(1, line, length) != length;
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "none", *name = argc > 2 ? argv[2] : "";
	void *library = RTLD_DEFAULT;
	int failed = 0;
	if (!strcmp(way, "plain"))
		library = dlopen(name, RTLD_NOW);
	else if (!strcmp(way, "deepbind"))
		library = dlopen(name, RTLD_NOW | RTLD_DEEPBIND);
	else if (!strcmp(way, "namespace"))
		library = dlmopen(LM_ID_NEWLM, name, RTLD_NOW);
	else if (!strcmp(way, "path") && (library = dlopen(name, RTLD_NOW)))
		library = ((open_library *)dlsym(library, "guest_open"))(argv[3]);
	if (!strcmp(way, "cycles"))
		failed = cycles(name, atoi(argv[3]));
	else if (!library && strcmp(way, "none"))
		failed = 10;
	else
		failed = use(library);
	if (failed)
		return failed;
	if (strcmp(way, "cycles") && write(1, "guest_bytes=20000 guest_blocks=40 guest_end_bytes=5000 ", 55) != 55)
		return 11;
	count_print();
	return 0;
}
