/* What the planted programs share: the two ways in which each runs, and work that takes time
 * without taking the processor. */
#ifndef PACE_H
#define PACE_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

/* Reports whether the program is to do what it plants, and not the near miss. */
static inline int is_planted(int argc, char **argv)
{
	if (argc == 2 && strcmp(argv[1], "planted") == 0)
		return 1;
	if (argc == 2 && strcmp(argv[1], "harmless") == 0)
		return 0;
	fprintf(stderr, "usage: %s planted|harmless\n", argv[0]);
	exit(2);
}

/* Waits for the next request, which comes a millisecond after the last. */
static inline void next_request(void)
{
	struct timespec millisecond = {0, 1000000};
	nanosleep(&millisecond, NULL);
}

#endif
