/* 100,000 rows of a table, each printed into a buffer of 512 bytes.
 *
 * planted:  each row has a buffer of its own, freed before anything else is allocated.
 *           Must be found: churn, at the marked line, 100,000 blocks.
 * harmless: the same buffers, of which the last 64 are kept to be written at once.
 *           Must not be found: churn. */
#include "pace.h"

static char *unwritten[64];

static size_t print_row(int row, int planted)
{
	char *buffer = malloc(512); /* site: churn */
	size_t length = snprintf(buffer, 512, "%d\t%d\n", row, row * 7);
	if (planted) {
		free(buffer);
	} else {
		free(unwritten[row % 64]);
		unwritten[row % 64] = buffer;
	}
	return length;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv);
	size_t written = 0;
	for (int row = 0; row < 100000; row++)
		written += print_row(row, planted);
	return written > 0 ? 0 : 1;
}
