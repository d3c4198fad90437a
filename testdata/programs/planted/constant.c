/* A report of 2,000 lines of 60 bytes, joined to one string of 117 KiB.
 *
 * planted:  each line makes a new string of all lines before it and itself: 1,999 steps of 60
 *           bytes, which copy 114 MiB. Must be found: constant-growth, at the marked line.
 * harmless: a buffer that realloc makes larger by 60 bytes for each line, and which is the last
 *           block of the heap, so that it never moves: nothing is copied.
 *           Must not be found: constant-growth. */
#include "pace.h"

enum { LINES = 2000, LENGTH = 60 };

static char line[LENGTH];

static char *joined(const char *report, size_t size)
{
	char *longer = malloc(size + LENGTH); /* site: constant-growth */
	if (report)
		memcpy(longer, report, size);
	memcpy(longer + size, line, LENGTH);
	return longer;
}

static char *extended(char *report, size_t size)
{
	report = realloc(report, size + LENGTH);
	memcpy(report + size, line, LENGTH);
	return report;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv);
	char *report = NULL;
	memset(line, 'l', LENGTH);
	for (size_t size = 0; size < LINES * LENGTH; size += LENGTH) {
		if (planted) {
			char *before = report;
			report = joined(before, size);
			free(before);
		} else {
			report = extended(report, size);
		}
	}
	int last = report[LINES * LENGTH - 1];
	free(report);
	return last == 'l' ? 0 : 1;
}
