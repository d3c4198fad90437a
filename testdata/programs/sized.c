/* free_sized and free_aligned_sized, which glibc 2.36 does not have: they are
 * looked up at run time and are there only if a profiler brings them. Prints
 * "sized=" with how many of the two it found; what it does not find it does by
 * free. Counts every block. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <stdlib.h>

#include "count.h"

int main(void)
{
	void (*free_sized)(void *, size_t) =
		(void (*)(void *, size_t))dlsym(RTLD_DEFAULT, "free_sized");
	void (*free_aligned_sized)(void *, size_t, size_t) =
		(void (*)(void *, size_t, size_t))dlsym(RTLD_DEFAULT, "free_aligned_sized");
	for (int i = 1; i <= 50; i++) {
		size_t size = 64 * i;
		void *p = malloc(size);
		count_alloc(size);
		void *q = aligned_alloc(64, size);
		count_alloc(size);
		if (free_sized)
			free_sized(p, size);
		else
			free(p);
		count_free(size);
		if (free_aligned_sized)
			free_aligned_sized(q, 64, size);
		else
			free(q);
		count_free(size);
	}
	char line[32];
	int n = snprintf(line, sizeof line, "sized=%d ", !!free_sized + !!free_aligned_sized);
	if (write(1, line, n) != n)
		return 1;
	count_print();
	return 0;
}
