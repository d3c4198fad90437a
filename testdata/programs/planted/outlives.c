/* A compiler in small: it reads 64 files into blocks of 64 KiB each, 4 MiB in all, then makes of
 * each 80 nodes of 1,600 bytes, 7.81 MiB in all, in 256 steps a millisecond apart; then it works
 * with the nodes alone for 100 more.
 *
 * planted:  the text is freed when all of it has been made into nodes, so that all of it
 *           is part of the peak. Must be found: outlives-use, at the marked line.
 * harmless: the text of each file is freed once its nodes are made.
 *           Must not be found: outlives-use. */
#include "pace.h"

enum { FILES = 64, STEPS = 4, NODES = 20 };

static char *text[FILES];
static char *nodes[FILES * STEPS * NODES];

static void read_files(void)
{
	for (int i = 0; i < FILES; i++) {
		text[i] = malloc(65536); /* site: outlives-use */
		memset(text[i], 'a' + i % 26, 65536);
	}
}

static char *make_node(const char *from)
{
	char *node = malloc(1600);
	memcpy(node, from, 1600);
	return node;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv), made = 0;
	read_files();
	for (int i = 0; i < FILES; i++) {
		for (int step = 0; step < STEPS; step++) {
			for (int n = 0; n < NODES; n++)
				nodes[made++] = make_node(text[i] + 1600 * n);
			next_request();
		}
		if (!planted)
			free(text[i]);
	}
	for (int i = 0; planted && i < FILES; i++)
		free(text[i]);
	int sum = 0;
	for (int i = 0; i < 100; i++) {
		sum += nodes[51 * i][0];
		next_request();
	}
	return sum > 0 ? 0 : 1;
}
