#include "java_lines.h"

#include "wire_event.h"

uint32_t java_lines_number(uint8_t least, const uint8_t **at, const uint8_t *end) {
	enum { MORE = 192,
		BITS = 6,
		MOST_BYTES = 5 };
	uint32_t n = 0;
	for (unsigned i = 0; i < MOST_BYTES && *at < end; i++) {
		uint8_t byte = *(*at)++;
		n += (uint32_t)(byte - least) << (i * BITS);
		if (byte < MORE) break;
	}
	return n;
}

static int32_t read_signed(uint8_t least, const uint8_t **at, const uint8_t *end) {
	uint32_t n = java_lines_number(least, at, end);
	return (int32_t)(n >> 1) ^ -(int32_t)(n & 1);
}

static uint32_t line_or_none(int32_t line) { return line > 0 && line <= WIRE_PYTHON_LINE ? (uint32_t)line : 0; }

uint32_t java_lines_find(uint8_t least, const uint8_t *table, size_t bytes, uint32_t at) {
	enum { ESCAPE = 0xff,
		LINE_BITS = 3,
		LINES = (1 << LINE_BITS) - 1 };
	const uint8_t *end = table + bytes;
	uint32_t instruction = 0, line = 0, nearest = 0, best = 0;
	while (table < end && *table) {
		uint8_t pair = *table++;
		instruction += pair == ESCAPE ? (uint32_t)read_signed(least, &table, end) : pair >> LINE_BITS;
		line += pair == ESCAPE ? (uint32_t)read_signed(least, &table, end) : pair & LINES;
		if (instruction == at) return line_or_none((int32_t)line);
		if (instruction < at && instruction >= nearest) {
			nearest = instruction;
			best = line;
		}
	}
	return line_or_none((int32_t)best);
}
