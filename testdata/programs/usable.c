// Prints, for sizes up to 600 KiB, how many bytes the allocator says that it gives a block of that
// size: a line "size bytes" each.
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

int main(void) {
	for (size_t size = 1; size <= 600 << 10; size += 1 + size / 97) {
		void *block = malloc(size);
		printf("%zu %zu\n", size, malloc_usable_size(block));
		free(block);
	}
	return 0;
}
