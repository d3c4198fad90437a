/* The pieces of work, through the malloc that this is linked with: an archive of
 * jemalloc's, mimalloc's or tcmalloc's, say. */
#define _GNU_SOURCE
#include "pieces.h"

int main(void)
{
	all_pieces();
	return 0;
}
