/* 500 connections, opened in 100 steps a millisecond apart; then the program works with them for as long.
 *
 * planted:  each has a buffer of 4,000 bytes, to which nothing is written.
 *           Must be found: constant-bytes, at the marked line.
 * harmless: something is written into each. Must not be found: constant-bytes. */
#include "pace.h"

static char *buffers[500];

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv), opened = 0;
	for (int step = 0; step < 200; step++) {
		for (int i = 0; step < 100 && i < 5; i++) {
			char *buffer = calloc(1, 4000); /* site: constant-bytes */
			if (!planted)
				memset(buffer, 'a' + opened % 26, 100);
			buffers[opened++] = buffer;
		}
		next_request();
	}
	return buffers[499] ? 0 : 1;
}
