/* Allocates as many bytes as the argument says and writes to them, whether it got them or not. */
#include <stdlib.h>

#include "count.h"

__attribute__((noinline)) static void parse(size_t bytes)
{
	volatile char *block = malloc(bytes);
	block[0] = 1;
	count_alloc(bytes);
}

int main(int argc, char **argv)
{
	if (argc > 1) parse(strtoull(argv[1], NULL, 0));
	count_print();
	return 0;
}
