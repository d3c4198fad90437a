/* What the tests of docs/CI.md measure: so many blocks of 1000 bytes, all live at once. */
#include <stdio.h>
#include <stdlib.h>

static char *load_row(void)
{
	return calloc(1, 1000);
}

int main(int argc, char **argv)
{
	int rows = argc > 1 ? atoi(argv[1]) : 100;
	char **table = malloc((size_t)rows * sizeof *table);

	for (int i = 0; i < rows; i++)
		table[i] = load_row();
	printf("%d rows\n", rows);
	for (int i = 0; i < rows; i++)
		free(table[i]);
	free(table);
	return 0;
}
