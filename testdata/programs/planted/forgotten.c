/* A protocol's parser, which copies each line that it reads: 300 requests a millisecond apart, of
 * 10 lines of 4,000 bytes each.
 *
 * planted:  the tenth line of each request has a field too many, and the way out of that forgets
 *           the copy: of 3,000 lines 2,700 are freed at once, 300 never, 1.14 MiB.
 *           Must be found: forgotten-path, at the marked line.
 * harmless: lines that were not seen before are kept for good, as names are: 300, too, all of
 *           them of the first 30 requests. Must not be found: forgotten-path. */
#include "pace.h"

static const char *names[300];
static int known;

static int is_new(int line)
{
	return line < 300;
}

static int parse_line(int line, int planted)
{
	char *copy = malloc(4000); /* site: forgotten-path */
	snprintf(copy, 4000, "%d a=1 b=2", line);
	if (planted && line % 10 == 9)
		return -1;
	if (!planted && is_new(line)) {
		names[known++] = copy;
		return 0;
	}
	free(copy);
	return 0;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv), bad = 0;
	for (int request = 0; request < 300; request++) {
		for (int line = 0; line < 10; line++)
			bad += parse_line(10 * request + line, planted);
		next_request();
	}
	return bad == (planted ? -300 : 0) ? 0 : 1;
}
