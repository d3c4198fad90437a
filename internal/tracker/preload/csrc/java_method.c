#include "java_method.h"

#include "codes.h"
#include "java_lines.h"
#include "probe.h"
#include "ring.h"
#include "stack.h"
#include "text.h"

static struct codes_slot *codes;
static uint32_t told; /* functions that the recorder has been told of */

enum { NO_INSTRUCTION = -1 };

/* ---- what describes a function ---- */

/* Its description, the constant part of that, its class's constants, and names. */
struct method {
	uintptr_t at, constant, pool, class, name, class_name;
};

static uintptr_t symbol(const struct java_layout *l, uintptr_t pool, uint16_t index) {
	enum { FLAG = 1 };
	return java_word(pool + (uintptr_t)l->pool_bytes + (uintptr_t)index * 8) & ~(uintptr_t)FLAG;
}

static struct method read_method(const struct java_layout *l, uintptr_t at) {
	struct method m = {.at = at, .constant = java_word(at + (uintptr_t)l->method_const)};
	m.pool = java_word(m.constant + (uintptr_t)l->const_pool);
	m.name = symbol(l, m.pool, java_quarter(m.constant + (uintptr_t)l->const_name));
	m.class = java_word(m.pool + (uintptr_t)l->pool_class);
	m.class_name = java_word(m.class + (uintptr_t)l->class_name);
	return m;
}

static bool is_there(uintptr_t at, int64_t offset) { return at && at % 8 == 0 && probe_range(at, ((size_t)offset + 8 + 7) & ~(size_t)7); }

static bool is_symbol(const struct java_layout *l, uintptr_t at) {
	if (!is_there(at, l->symbol_body)) return false;
	uint16_t length = java_quarter(at + (uintptr_t)l->symbol_length);
	return length && probe_range((at + (uintptr_t)l->symbol_body) & ~(uintptr_t)7, length);
}

/* Reports whether a description that is seen for the first time can be read. */
static bool is_method(const struct java_layout *l, uintptr_t at) {
	if (!is_there(at, l->method_const)) return false;
	uintptr_t constant = java_word(at + (uintptr_t)l->method_const);
	if (!is_there(constant, l->const_bytes)) return false;
	uintptr_t pool = java_word(constant + (uintptr_t)l->const_pool);
	if (!is_there(pool, l->pool_bytes)) return false;
	uint16_t index = java_quarter(constant + (uintptr_t)l->const_name);
	if (!is_there(pool, l->pool_bytes + index * 8)) return false;
	uintptr_t class = java_word(pool + (uintptr_t)l->pool_class);
	if (!is_there(class, l->class_name) || !is_there(class, l->class_source)) return false;
	return is_symbol(l, symbol(l, pool, index)) && is_symbol(l, java_word(class + (uintptr_t)l->class_name));
}

/* ---- numbers ---- */

static struct codes_slot *table(void) {
	struct codes_slot *t = load_acquire(&codes), *none = NULL;
	if (likely(t)) return t;
	t = codes_new();
	if (!t || __atomic_compare_exchange_n(&codes, &none, t, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return t;
	codes_free(t);
	return none;
}

/* Puts the text of a symbol behind what is there. Returns how many bytes there are then. */
static size_t put(const struct java_layout *l, uintptr_t symbol, char *to, size_t at, size_t room) {
	size_t bytes = java_quarter(symbol + (uintptr_t)l->symbol_length);
	if (bytes > room - at) bytes = room - at;
	memcpy(to + at, (const void *)(symbol + (uintptr_t)l->symbol_body), bytes);
	return at + bytes;
}

/* Tells the recorder of a function. Returns the number that it has from now on, 0 where there is none left. */
static NOINLINE uint64_t tell(struct thread *t, const struct java_layout *l, const struct method *m) {
	char name[768], file[256];
	if (load_relaxed(&told) >= WIRE_PYTHON_CODES - WIRE_JAVA_CODES) return 0;
	uint32_t number = WIRE_JAVA_CODES + add_relaxed(&told, 1);
	size_t name_bytes = put(l, m->class_name, name, 0, sizeof name - 256), file_bytes = 0;
	name[name_bytes++] = '.';
	name_bytes = put(l, m->name, name, name_bytes, sizeof name);
	uint16_t source = l->pool_source != JAVA_NONE ? java_quarter(m->pool + (uintptr_t)l->pool_source) : java_quarter(m->class + (uintptr_t)l->class_source);
	uintptr_t is = source && is_there(m->pool, l->pool_bytes + source * 8) ? symbol(l, m->pool, source) : 0;
	if (is && is_symbol(l, is)) file_bytes = put(l, is, file, 0, sizeof file);
	struct wire_event3 e = wire_code(number, name_bytes, file_bytes);
	ring_write_text(t, e.w, 3, name, name_bytes, file, file_bytes);
	return number;
}

/* Returns the number of a function, 0 where it has none. Two threads that come to it at once may each give it one. */
static uint64_t number_of(struct thread *t, const struct java_layout *l, const struct method *m) {
	struct codes_slot *slots = table(), *place;
	if (!slots) return 0;
	uint64_t print = codes_mix(codes_mix(codes_mix(m->constant, m->pool), m->name), m->class_name);
	uint64_t number = codes_find(slots, m->at, print, &place);
	if (number || !place || !is_method(l, m->at)) return number;
	number = tell(t, l, m);
	if (number) codes_keep(place, number, print);
	return number;
}

/* ---- lines ---- */

static uint32_t line_of(const struct java_layout *l, const struct method *m, int64_t instruction) {
	enum { HAS_LINES = 1 };
	size_t code = java_quarter(m->constant + (uintptr_t)l->const_code), before = (size_t)l->const_bytes + code;
	size_t whole = (size_t)java_half(m->constant + (uintptr_t)l->const_words) * 8;
	if (instruction < 0 || (uint64_t)instruction >= code || whole <= before || !(*(const uint8_t *)(m->constant + (uintptr_t)l->const_flags) & HAS_LINES)) return 0;
	return java_lines_find(l->number_base, (const uint8_t *)(m->constant + before), whole - before, (uint32_t)instruction);
}

/* ---- frames ---- */

/* Adds the place of an instruction of a function. Returns false where there is no such function. */
static bool add(struct thread *t, const struct java_layout *l, uintptr_t at, int64_t instruction, struct java_methods *to) {
	if (to->count == JAVA_METHODS_MOST || !at || at % 8) return false;
	/* One that is known is there: a frame runs it. */
	struct codes_slot *slots = table();
	if (!slots || (!codes_has(slots, at) && !is_method(l, at))) return false;
	struct method m = read_method(l, at);
	uint64_t number = number_of(t, l, &m);
	if (!number) return false;
	to->places[to->count++] = wire_python_place(number, line_of(l, &m, instruction));
	return true;
}

void java_method_interpreted(struct thread *t, uintptr_t fp, struct java_methods *m) {
	const struct java_layout *l = java_layout();
	uintptr_t method = stack_word(fp + (uintptr_t)(intptr_t)JAVA_FRAME_METHOD), at = stack_word(fp + (uintptr_t)(intptr_t)JAVA_FRAME_AT);
	if (!add(t, l, method, NO_INSTRUCTION, m) || !at) return;
	uintptr_t first = java_word(method + (uintptr_t)l->method_const) + (uintptr_t)l->const_bytes;
	m->count--;
	add(t, l, method, (int64_t)(at - first), m);
}

/* The tables of a compiled function. */
struct tables {
	uintptr_t code, scopes, metadata, places, places_end;
};

static uintptr_t pointer_or_distance(uintptr_t blob, int64_t pointer, uintptr_t from, int64_t distance) {
	return pointer != JAVA_NONE ? java_word(blob + (uintptr_t)pointer) : from + java_half(blob + (uintptr_t)distance);
}

static struct tables tables_of(const struct java_layout *l, uintptr_t blob) {
	struct tables s = {.code = pointer_or_distance(blob, l->blob_code, blob, l->blob_code_at)};
	bool apart = l->compiled_immutable != JAVA_NONE;
	uintptr_t from = apart ? java_word(blob + (uintptr_t)l->compiled_immutable) : blob;
	s.scopes = pointer_or_distance(blob, l->compiled_scopes, from, l->compiled_scopes_at);
	s.metadata = apart ? java_word(blob + (uintptr_t)l->blob_mutable) + java_half(blob + (uintptr_t)l->blob_relocations) : blob + java_half(blob + (uintptr_t)l->compiled_metadata);
	/* Behind the field of where the places begin stands that of what follows them. */
	s.places = from + java_half(blob + (uintptr_t)l->compiled_places);
	s.places_end = from + java_half(blob + (uintptr_t)l->compiled_places + 4);
	return s;
}

/* Returns where in the scopes the innermost function at a return address is described; 0: nowhere. */
static uint32_t find_scope(const struct tables *s, uintptr_t return_address) {
	uintptr_t below = 0, above = (s->places_end - s->places) / JAVA_PLACE_BYTES;
	int32_t at = (int32_t)(return_address - s->code);
	while (below < above) {
		uintptr_t middle = below + (above - below) / 2, place = s->places + middle * JAVA_PLACE_BYTES;
		int32_t is = (int32_t)java_half(place);
		if (is == at) return java_half(place + 4);
		if (is < at) below = middle + 1;
		else above = middle;
	}
	return 0;
}

void java_method_compiled(struct thread *t, uintptr_t blob, uintptr_t return_address, uintptr_t sp, struct java_methods *m) {
	const struct java_layout *l = java_layout();
	if (l->has_scopes) {
		struct tables s = tables_of(l, blob);
		/* Where the function is to go on in the interpreter its frame keeps the address to which it would have returned. */
		uintptr_t kept = sp + java_half(blob + (uintptr_t)l->compiled_kept_pc);
		if (return_address == pointer_or_distance(blob, l->compiled_deopt, blob, l->compiled_deopt_at) && stack_holds(t, kept, kept + 8)) return_address = stack_word(kept);
		for (uint32_t scope = find_scope(&s, return_address); scope;) {
			enum { MOST_BYTES = 15 /* of three numbers */ };
			const uint8_t *at = (const uint8_t *)(s.scopes + scope), *end = at + MOST_BYTES;
			uint32_t outer = java_lines_number(l->number_base, &at, end), index = java_lines_number(l->number_base, &at, end);
			int64_t instruction = (int64_t)java_lines_number(l->number_base, &at, end) - 1;
			if (!index || !add(t, l, java_word(s.metadata + (uintptr_t)(index - 1) * 8), instruction, m)) break;
			if (outer == scope) break;
			scope = outer;
		}
	}
	if (!m->count) add(t, l, java_word(blob + (uintptr_t)l->compiled_method), NO_INSTRUCTION, m);
}
