/* Compares what java_lines_find says with what the tables were made of. Reads lines of the least byte of a number, the table in
 * hexadecimal digits, and pairs of an instruction and the line there. Prints how many pairs there were, and the first few that
 * differ. Behind each it reads the table again with bytes changed, cut short: nothing outside of it may be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../csrc/java_lines.h"

static uint32_t line_in_copy(unsigned least, const uint8_t *table, size_t bytes, uint32_t at) {
	uint8_t *copy = malloc(bytes + !bytes); /* the sanitizer looks at its ends */
	memcpy(copy, table, bytes);
	uint32_t line = java_lines_find((uint8_t)least, copy, bytes, at);
	free(copy);
	return line;
}

int main(void) {
	static char text[1 << 16];
	static uint8_t table[1 << 15];
	unsigned least, pairs = 0, differ = 0, seed = 1;
	while (scanf("%u %65535s", &least, text) == 2) {
		size_t bytes = strlen(text) / 2;
		for (size_t i = 0; i < bytes; i++) sscanf(text + 2 * i, "%2hhx", &table[i]);
		unsigned at, want;
		while (scanf(" :%u %u", &at, &want) == 2) {
			uint32_t got = line_in_copy(least, table, bytes, at);
			pairs++;
			if (got != want && differ++ < 5) printf("line %u at %u, not %u\n", got, at, want);
		}
		for (unsigned i = 0; i < 64 && bytes; i++) {
			seed = seed * 1103515245 + 12345;
			table[seed / 65536 % bytes] = (uint8_t)(seed >> 8);
			line_in_copy(least, table, seed / 4096 % (bytes + 1), seed % 4096);
		}
	}
	printf("%u of %u differ\n", differ, pairs);
	return 0;
}
