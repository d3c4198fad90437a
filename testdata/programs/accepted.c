/* Frees what is not to be freed in ways that glibc accepts, if it keeps no cache for each
 * thread (GLIBC_TUNABLES=glibc.malloc.tcache_count=0): a block twice, with another one
 * freed between; and a part of a variable that looks like a block. */
#include <stdlib.h>
#include <unistd.h>

static struct {
	size_t before, size;
	char content[32];
	size_t next_before, next_size;
} like_a_block __attribute__((aligned(16))) = {.size = 0x31, .next_size = 0x31};

__attribute__((noinline)) static void twice(void) {
	void *volatile a = malloc(24), *volatile b = malloc(24);
	free(a);
	free(b);
	free(a);
}

__attribute__((noinline)) static void foreign(void) {
	void *volatile p = like_a_block.content;
	free(p);
}

int main(void) {
	free(malloc(100));
	twice();
	foreign();
	/* No large block is allocated any more, at which glibc would look at them. */
	_exit(write(1, "accepted\n", 9) != 9);
}
