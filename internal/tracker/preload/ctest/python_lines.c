/* Compares what python_code_line says with what Python does. Reads lines of the kind of a table, a function's first line, the
 * table in hexadecimal digits, and pairs of an offset and the line there. Prints how many pairs there were, and the first few
 * that differ. Behind each it reads the table again with bytes changed, cut short: nothing outside of it may be read. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "../csrc/python_code.h"
#include "host.h"

static uint32_t line_in_copy(unsigned kind, const uint8_t *table, size_t bytes, uint32_t first, uint64_t offset) {
	uint8_t *copy = malloc(bytes + !bytes); /* the sanitizer looks at its ends */
	memcpy(copy, table, bytes);
	uint32_t line = python_code_line((enum python_lines)kind, copy, bytes, first, offset);
	free(copy);
	return line;
}

int main(void) {
	static char text[1 << 20];
	static uint8_t table[1 << 18];
	unsigned kind, first, pairs = 0, differ = 0, seed = 1;
	int at;
	while (scanf("%u %u %1048575s", &kind, &first, text) == 3) {
		size_t bytes = text[0] == '-' ? 0 : strlen(text) / 2;
		for (size_t i = 0; i < bytes; i++) sscanf(text + 2 * i, "%2hhx", &table[i]);
		unsigned offset, want;
		while (scanf(" :%u %u%n", &offset, &want, &at) == 2) {
			uint32_t got = line_in_copy(kind, table, bytes, first, offset);
			pairs++;
			if (got != want && differ++ < 5) printf("table of kind %u from line %u: line %u at %u, not %u\n", kind, first, got, offset, want);
		}
		for (unsigned i = 0; i < 4 && bytes; i++) {
			seed = seed * 1103515245 + 12345;
			table[seed / 65536 % bytes] = (uint8_t)(seed >> 8);
			line_in_copy(kind, table, seed / 4096 % (bytes + 1), first, seed % 4096);
		}
	}
	printf("%u of %u differ\n", differ, pairs);
	return 0;
}
