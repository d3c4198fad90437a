#include "python_code.h"

#include "codes.h"
#include "nodes.h"
#include "ring.h"
#include "text.h"

static struct codes_slot *codes;
static uint32_t last_number;

bool python_code_begin(void) {
	if (!codes) codes = codes_new();
	return codes != NULL;
}

static uint64_t word(uintptr_t at) {
	uint64_t w;
	memcpy(&w, (const void *)at, sizeof w);
	return w;
}

static uint32_t half(uintptr_t at) { return *(const uint32_t *)at; }

/* ---- texts ---- */

struct text {
	uintptr_t data;
	uint64_t length; /* in characters */
	unsigned width;  /* bytes of a character; 0: it is none that can be read */
};

static struct text text_of(const struct python_layout *l, uintptr_t object) {
	enum { COMPACT = 1 << 5,
		ASCII = 1 << 6,
		KIND_SHIFT = 2,
		KIND = 7 };
	struct text s = {0};
	if (!object || object % 8) return s;
	uint32_t state = half(object + PYTHON_TEXT_STATE), kind = state >> KIND_SHIFT & KIND;
	if (!(state & COMPACT) || (kind != 1 && kind != 2 && kind != 4)) return s;
	s.data = object + (state & ASCII ? l->ascii : l->compact);
	s.length = word(object + PYTHON_TEXT_LENGTH);
	s.width = kind;
	return s;
}

static uint32_t character(struct text s, uint64_t i) {
	if (s.width == 1) return ((const uint8_t *)s.data)[i];
	if (s.width == 2) return ((const uint16_t *)s.data)[i];
	return ((const uint32_t *)s.data)[i];
}

/* Writes a text as UTF-8, as far as there is room. Returns how many bytes it has. */
static size_t write_text(struct text s, char *to, size_t room) {
	size_t n = 0;
	for (uint64_t i = 0; s.width && i < s.length && n + 4 <= room; i++) {
		uint32_t c = character(s, i);
		if (c < 0x80) {
			to[n++] = (char)c;
			continue;
		}
		unsigned more = c < 0x800 ? 1 : c < 0x10000 ? 2
													: 3;
		to[n++] = (char)((0xf00u >> more & 0xff) | c >> (6 * more));
		while (more--) to[n++] = (char)(0x80 | (c >> (6 * more) & 0x3f));
	}
	return n;
}

/* ---- lines ---- */

static uint32_t line_or(int64_t line, uint32_t first_line) { return line > 0 && line <= WIRE_PYTHON_LINE ? (uint32_t)line : first_line & WIRE_PYTHON_LINE; }

static uint32_t line_by_lnotab(const uint8_t *table, size_t bytes, uint32_t first_line, uint64_t offset) {
	int64_t line = first_line;
	uint64_t at = 0;
	for (size_t i = 0; i + 2 <= bytes; i += 2) {
		at += table[i];
		if (at > offset) break;
		line += (int8_t)table[i + 1];
	}
	return line_or(line, first_line);
}

static uint32_t line_by_linetable(const uint8_t *table, size_t bytes, uint32_t first_line, uint64_t offset) {
	enum { NO_LINE = -128 };
	int64_t line = first_line;
	uint64_t end = 0;
	for (size_t i = 0; i + 2 <= bytes; i += 2) {
		int8_t delta = (int8_t)table[i + 1];
		if (delta != NO_LINE) line += delta;
		end += table[i];
		if (offset < end) return line_or(delta == NO_LINE ? 0 : line, first_line);
	}
	return first_line & WIRE_PYTHON_LINE;
}

/* Reads the number of six bits a byte that begins at *i. */
static int64_t read_signed(const uint8_t *table, size_t bytes, size_t *i) {
	uint64_t value = 0;
	for (unsigned shift = 0; *i < bytes && shift < 60; shift += 6) {
		uint8_t byte = table[(*i)++];
		value |= (uint64_t)(byte & 0x3f) << shift;
		if (!(byte & 0x40)) break;
	}
	return value & 1 ? -(int64_t)(value >> 1) : (int64_t)(value >> 1);
}

static uint32_t line_by_locations(const uint8_t *table, size_t bytes, uint32_t first_line, uint64_t offset) {
	enum { BEGINS = 0x80,
		ONE_LINE = 10,
		NO_COLUMNS = 13,
		LONG = 14,
		NONE = 15,
		UNIT = 2 };
	int64_t line = first_line;
	uint64_t end = 0;
	for (size_t i = 0; i < bytes;) {
		uint8_t first = table[i++];
		unsigned code = first >> 3 & 0xf;
		if (code == NO_COLUMNS || code == LONG) line += read_signed(table, bytes, &i);
		else if (code >= ONE_LINE && code < NO_COLUMNS) line += code - ONE_LINE;
		end += ((first & 7u) + 1) * UNIT;
		if (offset < end) return line_or(code == NONE ? 0 : line, first_line);
		while (i < bytes && !(table[i] & BEGINS)) i++;
	}
	return first_line & WIRE_PYTHON_LINE;
}

uint32_t python_code_line(enum python_lines kind, const uint8_t *table, size_t bytes, uint32_t first_line, uint64_t offset) {
	switch (kind) {
	case PYTHON_LINES_LNOTAB: return line_by_lnotab(table, bytes, first_line, offset);
	case PYTHON_LINES_LINETABLE: return line_by_linetable(table, bytes, first_line, offset);
	default: return line_by_locations(table, bytes, first_line, offset);
	}
}

/* ---- code objects ---- */

/* The last eight bytes of so many, or all. */
static uint64_t tail(uintptr_t data, uint64_t bytes) {
	if (bytes >= 8) return word(data + bytes - 8);
	uint64_t w = 0;
	for (uint64_t i = 0; i < bytes; i++) w = w << 8 | ((const uint8_t *)data)[i];
	return w;
}

/* Returns a number that tells a code object from another one that may come to lie at its address. */
static uint64_t print_of(const struct python_layout *l, uintptr_t code) {
	struct text name = text_of(l, word(code + l->name)), file = text_of(l, word(code + l->file));
	uintptr_t table = word(code + l->line_table);
	uint64_t print = codes_mix(half(code + l->first_line), name.length << 32 ^ file.length);
	print = codes_mix(print, tail(name.data, name.length * name.width));
	print = codes_mix(print, tail(file.data, file.length * file.width));
	uint64_t bytes = table ? word(table + PYTHON_BYTES_SIZE) : 0;
	return codes_mix(print, bytes ^ tail(table + PYTHON_BYTES, bytes));
}

/* Tells the recorder of a code object. Returns the number that it has from now on, 0 where there is none left. */
static NOINLINE uint64_t tell(struct thread *t, const struct python_layout *l, uintptr_t code) {
	char name[512], file[2048];
	if (load_relaxed(&last_number) >= WIRE_JAVA_CODES - 1) return 0;
	uint32_t number = add_relaxed(&last_number, 1) + 1;
	size_t name_bytes = write_text(text_of(l, word(code + l->name)), name, sizeof name);
	size_t file_bytes = write_text(text_of(l, word(code + l->file)), file, sizeof file);
	struct wire_event3 e = wire_code(number, name_bytes, file_bytes);
	ring_write_text(t, e.w, 3, name, name_bytes, file, file_bytes);
	return number;
}

/* Returns the number of a code object. Two threads that come to it at once may each give it one. */
static uint64_t number_of(struct thread *t, const struct python_layout *l, uintptr_t code, uint64_t print) {
	struct codes_slot *place;
	uint64_t number = codes_find(codes, code, print, &place);
	if (number) return number;
	number = tell(t, l, code);
	if (number && place) codes_keep(place, number, print);
	return number;
}

uint64_t python_code_place(struct thread *t, const struct python_layout *l, struct python_place *places, uintptr_t code, uint64_t offset) {
	uint64_t print = print_of(l, code), hash = ((code >> 4) ^ offset << 20) * 0x9e3779b97f4a7c15ull;
	struct python_place *p = &places[hash >> (64 - PYTHON_PLACE_BITS)];
	if (likely(p->code == code && p->offset == offset && p->print == print)) return p->place;
	uintptr_t table = word(code + l->line_table);
	uint32_t first_line = half(code + l->first_line);
	uint32_t line = table ? python_code_line(l->lines, (const uint8_t *)(table + PYTHON_BYTES), word(table + PYTHON_BYTES_SIZE), first_line, offset) : first_line & WIRE_PYTHON_LINE;
	uint64_t place = wire_python_place(number_of(t, l, code, print), line);
	/* A signal handler may leave this hook for good, at any instruction. */
	p->code = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	p->offset = offset;
	p->print = print;
	p->place = place;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	p->code = code;
	return place;
}
