/* Loads the library argv[2] (bound_library.c) so that its references to the allocator
 * lead where argv[1] says: plain (as the program's do), deepbind (to the C library), handle
 * (to the C library, asked by name), names (to its names of its own, __libc_malloc and so on),
 * namespace (to another C library, by dlmopen). The program
 * and the library make blocks that the other one grows and frees, and where they have
 * one C library, each does what the other began. It counts them all. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

int main(int argc, char **argv)
{
	const char *way = argc > 2 ? argv[1] : "";
	int apart = !strcmp(way, "namespace");
	int deep = strcmp(way, "deepbind") ? 0 : RTLD_DEEPBIND;
	void *library = apart ? dlmopen(LM_ID_NEWLM, argv[2], RTLD_NOW) : dlopen(argv[2], RTLD_NOW | deep);
	if (!library)
		return 10;
	int (*to)(const char *) = (int (*)(const char *))dlsym(library, "bound_to");
	void *(*make)(int) = (void *(*)(int))dlsym(library, "bound_make");
	void *(*grow)(void *, size_t, size_t) = (void *(*)(void *, size_t, size_t))dlsym(library, "bound_grow");
	void (*drop)(void *, size_t) = (void (*)(void *, size_t))dlsym(library, "bound_drop");
	int (*threads)(void) = (int (*)(void))dlsym(library, "bound_threads");
	const void *(*theirs)(void) = (const void *(*)(void))dlsym(library, "bound_counted");
	if (!make || !grow || !drop || !threads || !to || !theirs)
		return 11;
	if (!strcmp(way, "handle") && to(""))
		return 12;
	if (!strcmp(way, "names") && to("__libc_"))
		return 13;
	for (int i = 0; i < 120; i++) {
		void *p = grow(make(i), 1000, 3000 + i % 2);
		if (apart) {
			drop(p, 3000 + i % 2);
		} else {
			p = realloc(p, 500);
			count_realloc(3000 + i % 2, 500);
			if (i % 3)
				drop(p, 500);
			else
				free(p), count_free(500);
		}
	}
	for (int i = 0; i < 120 && !apart; i++) {
		void *p = malloc(200);
		count_alloc(200);
		p = grow(p, 200, 901 + i % 2);
		drop(p, 901 + i % 2);
	}
	static void *kept[24];
	for (int i = 0; i < 24; i++)
		kept[i] = make(i);
	if (threads())
		return 14;
	unsigned long long *ours = (void *)&counted;
	for (size_t i = 0; i < sizeof counted / sizeof *ours; i++)
		ours[i] += ((const unsigned long long *)theirs())[i];
	count_print();
	return kept[23] == NULL;
}
