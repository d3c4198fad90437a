#include "sampled.h"

#include "sys.h"

/* Addresses lie in a line of the processor's cache that their hash tells, in the first of
 * several tables that has room there. Each is larger than the one before, and is mapped when
 * it is needed. */
enum {
	LINE_ADDRESSES = 7,
	TABLES = 5,
	FIRST_BITS = 9, /* of the number of lines: 3,584 addresses, 2 GB of live blocks at 512 KiB */
	MORE_BITS = 3,  /* each has eight times as many as the one before; the last some 14 million */
};
struct line {
	uint64_t further; /* how many addresses went on from here to the next table */
	uintptr_t address[LINE_ADDRESSES];
};
_Static_assert(sizeof(struct line) == 64, "a line of the cache");

static struct line *tables[TABLES];

static const uint8_t recorded = 1;
struct sampled sampled = {.near = &recorded};

static struct line *line_of(unsigned table, uintptr_t address) {
	struct line *lines = load_acquire(&tables[table]);
	unsigned bits = FIRST_BITS + table * MORE_BITS;
	return lines ? &lines[(uint64_t)address * 0x9e3779b97f4a7c15ull >> (64 - bits)] : NULL;
}

/* Maps a table, unless another thread has. */
static bool map_table(unsigned table) {
	size_t bytes = sizeof(struct line) << (FIRST_BITS + table * MORE_BITS);
	struct line *fresh = sys_map(bytes), *none = NULL;
	if (!fresh) return load_acquire(&tables[table]) != NULL;
	if (!__atomic_compare_exchange_n(&tables[table], &none, fresh, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) sys_unmap(fresh, bytes);
	return true;
}

bool sampled_begin(void) {
	const uint8_t *near = map_table(0) ? sys_map(SAMPLED_BYTES) : NULL;
	if (!near) return false;
	sampled.near = near; /* while the mask is 0 as well */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sampled.mask = SAMPLED_BYTES - 1;
	return true;
}

static uint8_t *near(uintptr_t address) { return (uint8_t *)&sampled.near[address >> SAMPLED_NEAR_BITS & sampled.mask]; }

/* Counts, but for what 8 bits cannot: then blocks near there always look sampled. */
static void count(uintptr_t address, int by) {
	uint8_t *n = near(address), is = load_relaxed(n);
	while (is != UINT8_MAX && !__atomic_compare_exchange_n(n, &is, (uint8_t)(is + by), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}

/* Replaces one of a line's addresses by another. 0: none. */
static bool replace(struct line *l, uintptr_t address, uintptr_t by) {
	for (unsigned i = 0; i < LINE_ADDRESSES; i++) {
		uintptr_t is = address;
		if (load_relaxed(&l->address[i]) == address && __atomic_compare_exchange_n(&l->address[i], &is, by, false, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) return true;
	}
	return false;
}

bool sampled_holds(uintptr_t address) {
	for (unsigned table = 0; table < TABLES; table++) {
		struct line *l = line_of(table, address);
		if (!l) return false;
		for (unsigned i = 0; i < LINE_ADDRESSES; i++)
			if (load_relaxed(&l->address[i]) == address) return true;
		if (!load_relaxed(&l->further)) return false;
	}
	return false;
}

bool sampled_add(uintptr_t address) {
	if (sampled_holds(address)) return true; /* the end of the block that was here before was not seen */
	count(address, 1);
	for (unsigned table = 0; table < TABLES && (load_acquire(&tables[table]) || map_table(table)); table++) {
		struct line *l = line_of(table, address);
		if (replace(l, 0, address)) return true;
		add_relaxed(&l->further, 1);
	}
	return false;
}

void sampled_remove(uintptr_t address) {
	struct line *l;
	unsigned table = 0;
	while (table < TABLES && (l = line_of(table, address)) && !replace(l, address, 0)) table++;
	if (table == TABLES || !l) return;
	while (table-- > 0) add_relaxed(&line_of(table, address)->further, (uint64_t)-1);
	count(address, -1);
}
