/* Loads and unloads the libraries named by its arguments (builds of plugin.c) in
 * turn, many times. The loader puts each where the one before was, so that the
 * same addresses belong to different functions with different frames. Prints
 * "reused=1" if two libraries did share an address. Counts what it allocates
 * through plugin_allocate. */
#include <dlfcn.h>
#include <stdlib.h>

#include "count.h"

typedef void *allocate(size_t);

__attribute__((noinline)) static void *call(allocate *f, size_t size)
{
	void *p = f(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

int main(int argc, char **argv)
{
	void *address[16] = {0};
	int reused = 0;
	for (int round = 0; round < 20; round++) {
		for (int i = 1; i < argc; i++) {
			void *library = dlopen(argv[i], RTLD_NOW);
			if (!library)
				return 1;
			allocate *f = (allocate *)dlsym(library, "plugin_allocate");
			if (!f)
				return 2;
			address[i] = (void *)f;
			for (int j = 1; j < i; j++)
				if (address[j] == address[i])
					reused = 1;
			free(call(f, 100 * i));
			count_alloc(100 * i + 2);
			count_free(100 * i + 2);
			dlclose(library);
		}
	}
	char line[32];
	int n = snprintf(line, sizeof line, "reused=%d ", reused);
	if (write(1, line, n) != n)
		return 3;
	count_print();
	return 0;
}
