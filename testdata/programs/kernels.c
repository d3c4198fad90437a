/* Loads and unloads a library (the first argument) by as many names as the second says,
 * which it makes in the directory that is the third. Each time the library, which is
 * kernel.c, allocates a block. Counts every block of the library's. */
#include <dlfcn.h>
#include <stdlib.h>
#include <unistd.h>

#include "count.h"

enum { SIZE = 100 };

__attribute__((noinline)) static int one(const char *library, const char *directory, int i)
{
	char path[1000];
	snprintf(path, sizeof path, "%s/%d.so", directory, i);
	if (link(library, path))
		return 1;
	void *handle = dlopen(path, RTLD_NOW);
	void *(*run)(size_t) = handle ? (void *(*)(size_t))dlsym(handle, "kernel_run") : NULL;
	if (!run || !run(SIZE))
		return 1;
	count_alloc(SIZE);
	return dlclose(handle);
}

int main(int argc, char **argv)
{
	for (int i = 0; argc == 4 && i < atoi(argv[2]); i++)
		if (one(argv[1], argv[3], i))
			return 1;
	count_print();
	return 0;
}
