/* A library that adds functions to the C library's allocator and has none of its own, as
 * libbsd is. It is read, and loaded late. */
#include <stdlib.h>
#include <stdint.h>
#include <errno.h>

void *reallocarray(void *block, size_t count, size_t size) {
	if (size && count > SIZE_MAX / size) {
		errno = ENOMEM;
		return NULL;
	}
	return realloc(block, count * size);
}

void *reallocf(void *block, size_t bytes) {
	void *moved = realloc(block, bytes);
	if (!moved && bytes) free(block);
	return moved;
}
