/* Loads the libraries named by its arguments (builds of plugin.c), has each
 * allocate, and unloads them; the blocks of the last one live to the end. A
 * block born in a library is freed after the library is gone. Counts only what
 * it allocates through plugin_allocate, not the loader's own memory nor the
 * libraries' constructors. */
#include <dlfcn.h>
#include <stdlib.h>

#include "count.h"

typedef void *allocate(size_t);

static void *kept[16];

int main(int argc, char **argv)
{
	for (int round = 0; round < 2; round++) {
		for (int i = 1; i < argc; i++) {
			void *library = dlopen(argv[i], RTLD_NOW);
			if (!library)
				return 1;
			allocate *f = (allocate *)dlsym(library, "plugin_allocate");
			if (!f)
				return 2;
			void *p = f(1000 * i);
			count_alloc(1000 * i + 2);
			void *q = f(5000);
			count_alloc(5002);
			dlclose(library);
			free(q);
			count_free(5002);
			if (round == 0) {
				free(p);
				count_free(1000 * i + 2);
			} else {
				kept[i] = p;
			}
		}
	}
	count_print();
	return 0;
}
