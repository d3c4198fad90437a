/* Reads a byte of a block that it has freed: for a sanitizer to find. */
#include <stdlib.h>

int main(void)
{
	char *p = malloc(10);
	free(p);
	return p[1];
}
