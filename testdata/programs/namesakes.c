/* Functions of a program's own that have the names of allocators' functions, and
 * another meaning. What counts is the blocks that they take from malloc. */
#define _POSIX_C_SOURCE 200809L
#include <stdlib.h>

#include "count.h"

#define ENTRY __attribute__((noipa))

enum { NAME = 100, TEXT = 200 };

struct item {
	void *name, *text;
};

ENTRY struct item *mi_new(int kind)
{
	struct item *i = malloc(sizeof *i);
	count_alloc(sizeof *i);
	i->name = malloc(NAME + kind);
	count_alloc(NAME + kind);
	i->text = malloc(TEXT);
	count_alloc(TEXT);
	return i;
}

ENTRY struct item *tc_new(void) { return mi_new(1); }
ENTRY struct item *valloc(int kind) { return mi_new(kind); }

ENTRY void mi_free(struct item *i, int kind)
{
	free(i->text);
	count_free(TEXT);
	free(i->name);
	count_free(NAME + kind);
	free(i);
	count_free(sizeof *i);
}

ENTRY void tc_delete(struct item *i) { mi_free(i, 1); }
ENTRY void cfree(struct item *i, int kind) { mi_free(i, kind); }

int main(void)
{
	for (int kind = 2; kind < 12; kind++) {
		mi_free(mi_new(kind), kind);
		tc_delete(tc_new());
		cfree(valloc(kind), kind);
	}
	count_print();
	return 0;
}
