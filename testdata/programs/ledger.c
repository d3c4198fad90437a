/* A malloc of the program's own over the C library's that keeps a ledger of its blocks:
 * a table that it doubles by its own realloc, as soon as it is full, within malloc or
 * before. Frees what it likes of the ledger's memory within free. Counts every block, the
 * ledger's too. */
#include <malloc.h>
#include <stdlib.h>

#include "count.h"

extern void *__libc_malloc(size_t);
extern void *__libc_realloc(void *, size_t);
extern void __libc_free(void *);

enum { BLOCKS = 5000, HEADER = 16 };

static void **ledger;
static size_t entries, room;
static int counting, booking;

static size_t *header(void *block) { return (size_t *)((char *)block - HEADER); }

__attribute__((noipa)) void *realloc(void *old, size_t size)
{
	size_t *at = __libc_realloc(old ? header(old) : NULL, size + HEADER);
	size_t before = old ? *at : 0;
	*at = size;
	if (counting) {
		if (old)
			count_free(before);
		count_alloc(size);
	}
	return (char *)at + HEADER;
}

__attribute__((noipa)) static void make_room(void)
{
	if (entries < room)
		return;
	booking = 1;
	room = room ? room * 2 : 4;
	ledger = realloc(ledger, room * sizeof *ledger);
	booking = 0;
}

__attribute__((noipa)) void *malloc(size_t size)
{
	size_t *at = __libc_malloc(size + HEADER);
	*at = size;
	void *block = (char *)at + HEADER;
	if (counting) {
		count_alloc(size);
		make_room();
		ledger[entries++] = block;
	}
	return block;
}

__attribute__((noipa)) void free(void *block)
{
	if (!block)
		return;
	if (counting && !booking && --entries == 0) { /* the last one out turns off the light */
		booking = 1;
		free(ledger);
		booking = 0;
		ledger = NULL;
		room = 0;
	}
	if (counting)
		count_free(*header(block));
	__libc_free(header(block));
}

int main(void)
{
	static void *blocks[BLOCKS];
	counting = 1;
	for (int round = 0; round < 2; round++) {
		for (int i = 0; i < BLOCKS; i++)
			blocks[i] = malloc(40);
		for (int i = 0; i < BLOCKS - round; i++)
			free(blocks[i]);
		make_room(); /* its first room is made outside of malloc, in the second round */
	}
	counting = 0;
	count_print();
	return 0;
}
