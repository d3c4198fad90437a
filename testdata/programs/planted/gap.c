/* 100,000 results of 500 bytes, 47.7 MiB, of which all but one in 64 are freed.
 *
 * planted:  those that stay lie scattered, one in each 32 KiB, and glibc can give nothing
 *           back: 0.75 MiB are live, some 49 MiB resident. Must be found: resident-gap, for the
 *           blocks of the marked line.
 * harmless: as many stay, but those that were allocated first: what lies behind them is given
 *           back. Must not be found: resident-gap. */
#include "pace.h"

enum { RESULTS = 100000, STAY = 64, KEPT = 7 /* freed blocks of a size that glibc keeps for its thread */ };

static char *results[RESULTS];

static char *search(void)
{
	char *result = malloc(500); /* site: resident-gap */
	memset(result, 'r', 500);
	return result;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv);
	for (int i = 0; i < RESULTS; i++)
		results[i] = search();
	for (int i = 0; i < KEPT; i++)
		free(results[i]);
	for (int i = RESULTS - 1; i >= KEPT; i--) /* the last first, so that the heap's end can be given back */
		if (planted ? i % STAY != 0 : i >= RESULTS / STAY)
			free(results[i]);
	for (int i = 0; i < 500; i++)
		next_request();
	return 0;
}
