#include "addresses.h"

#include "sys.h"

/* Addresses lie in a line of the processor's cache that their hash tells, in the first of
 * several tables that has room there. Each is larger than the one before, and is mapped when
 * it is needed. The numbers of a line are in another one, behind all lines of the table. */
enum {
	LINE_ADDRESSES = 7,
	FIRST_BITS = 9, /* of the number of lines: 3,584 addresses */
	MORE_BITS = 3,  /* each has eight times as many as the one before; the last some 117 million */
};
struct addresses_line {
	uint64_t further; /* how many addresses went on from here to the next table */
	uintptr_t address[LINE_ADDRESSES];
};
struct numbers_line {
	uint64_t zero;
	uint64_t number[LINE_ADDRESSES];
};
_Static_assert(sizeof(struct addresses_line) == 64 && sizeof(struct numbers_line) == 64, "lines of the cache");

static size_t lines_of(unsigned table) { return (size_t)1 << (FIRST_BITS + table * MORE_BITS); }

static struct addresses_line *line_of(const struct addresses *set, unsigned table, uintptr_t address) {
	struct addresses_line *lines = load_acquire(&set->tables[table]);
	unsigned bits = FIRST_BITS + table * MORE_BITS;
	return lines ? &lines[(uint64_t)address * 0x9e3779b97f4a7c15ull >> (64 - bits)] : NULL;
}

/* Where the number of a line's address is. */
static uint64_t *number_of(const struct addresses *set, unsigned table, const struct addresses_line *l, unsigned i) {
	struct addresses_line *lines = load_relaxed(&set->tables[table]);
	struct numbers_line *numbers = (struct numbers_line *)(lines + lines_of(table));
	return &numbers[l - lines].number[i];
}

/* Maps a table, unless another thread has. */
static bool map_table(struct addresses *set, unsigned table) {
	size_t bytes = lines_of(table) * (sizeof(struct addresses_line) + (set->have_numbers ? sizeof(struct numbers_line) : 0));
	struct addresses_line *fresh = sys_map(bytes), *none = NULL;
	if (!fresh) return load_acquire(&set->tables[table]) != NULL;
	if (!__atomic_compare_exchange_n(&set->tables[table], &none, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) sys_unmap(fresh, bytes);
	return true;
}

bool addresses_begin(struct addresses *set) { return map_table(set, 0); }

/* Replaces one of a line's addresses by another. Returns which one it was, or LINE_ADDRESSES. */
static unsigned replace(struct addresses_line *l, uintptr_t address, uintptr_t by) {
	for (unsigned i = 0; i < LINE_ADDRESSES; i++) {
		uintptr_t is = address;
		if (load_relaxed(&l->address[i]) == address && __atomic_compare_exchange_n(&l->address[i], &is, by, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return i;
	}
	return LINE_ADDRESSES;
}

/* Returns the line that an address is in, which of its addresses that is, and in which table; or NULL. */
static struct addresses_line *find(const struct addresses *set, uintptr_t address, unsigned *table, unsigned *i) {
	for (*table = 0; *table < ADDRESSES_TABLES; ++*table) {
		struct addresses_line *l = line_of(set, *table, address);
		if (!l) return NULL;
		for (*i = 0; *i < LINE_ADDRESSES; ++*i)
			if (load_relaxed(&l->address[*i]) == address) return l;
		if (!load_relaxed(&l->further)) return NULL;
	}
	return NULL;
}

bool addresses_find(const struct addresses *set, uintptr_t address, uint64_t *number) {
	unsigned table, i;
	struct addresses_line *l = find(set, address, &table, &i);
	if (l && number) *number = load_relaxed(number_of(set, table, l, i));
	return l;
}

bool addresses_add(struct addresses *set, uintptr_t address, uint64_t number) {
	for (unsigned table = 0; table < ADDRESSES_TABLES && (load_acquire(&set->tables[table]) || map_table(set, table)); table++) {
		struct addresses_line *l = line_of(set, table, address);
		unsigned i = replace(l, 0, address);
		if (i < LINE_ADDRESSES) {
			if (set->have_numbers) store_relaxed(number_of(set, table, l, i), number);
			return true;
		}
		add_relaxed(&l->further, 1);
	}
	return false;
}

bool addresses_remove(struct addresses *set, uintptr_t address, uint64_t *number) {
	unsigned table, i;
	struct addresses_line *l = find(set, address, &table, &i);
	if (!l) return false;
	if (number) *number = load_relaxed(number_of(set, table, l, i));
	if (replace(l, address, 0) == LINE_ADDRESSES) return false;
	while (table-- > 0) add_relaxed(&line_of(set, table, address)->further, (uint64_t)-1);
	return true;
}

void addresses_each(const struct addresses *set, void (*visit)(uint64_t number)) {
	struct addresses_line *lines;
	for (unsigned table = 0; table < ADDRESSES_TABLES && (lines = load_acquire(&set->tables[table])); table++)
		for (size_t k = 0; k < lines_of(table); k++)
			for (unsigned i = 0; i < LINE_ADDRESSES; i++)
				if (load_relaxed(&lines[k].address[i])) visit(load_relaxed(number_of(set, table, &lines[k], i)));
}
