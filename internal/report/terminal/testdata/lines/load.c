#include <stdlib.h>

struct row { char *key, *value, *note; };

void use(struct row *);

/* Six lines of it allocate. */
void load(int n)
{
	struct row *rows = malloc(n * sizeof *rows);
	char *keys = malloc(20 * n);
	char *values = malloc(8 * n);
	char *a = malloc(600);
	char *b = malloc(500);
	char *c = malloc(400);
	use(rows);
}
