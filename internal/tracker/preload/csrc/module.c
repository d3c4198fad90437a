#include "module.h"

#include "nodes.h"

uint32_t module_epoch;

static struct module modules[MODULE_MAX];
static uint32_t module_count, first_count; /* places in use, and those that were from the start */
static uint32_t module_numbers;            /* given so far */
static uint32_t replacing;                 /* odd while a place gets another module */

/* Which module a page belongs to, since mappings are of whole pages: a cache. One
 * word a page: its number, the module's place (or none), and the low bits of
 * module_changes when that was found out, so that nothing older counts. */
enum {
	PAGE_SHIFT = 12,
	MODULE_BITS = 13,
	CHANGE_BITS = 15,
	MODULE_PLACES = 4096,
};
static uint64_t module_places[MODULE_PLACES];
_Static_assert(ARCH_ADDRESS_BITS - PAGE_SHIFT + MODULE_BITS + CHANGE_BITS <= 64 && MODULE_MAX < 1 << MODULE_BITS, "a place is one word");
static uint32_t module_changes;

void module_table_changed(void) {
	uint32_t changes = module_changes + 1;
	if (changes % (1 << CHANGE_BITS) == 0)
		for (uint32_t i = 0; i < MODULE_PLACES; i++) store_relaxed(&module_places[i], 0);
	store_release(&module_changes, changes);
}

struct module *module_find(uintptr_t start, uintptr_t end, uint64_t identity, uint32_t *from) {
	for (uint32_t i = 0; i < module_count; i++) {
		struct module *m = &modules[(*from + i) % module_count];
		if (m->start != start || m->end != end || m->identity != identity) continue;
		*from = (uint32_t)(m - modules) + 1;
		return m;
	}
	return NULL;
}

/* Finds a place for a new module: one that was never used, or else one of a module that is
 * gone; NULL where there is none. A module of the start keeps its place for good. */
static struct module *find_place(void) {
	static uint32_t next; /* behind the one that was taken last */
	if (module_count < MODULE_MAX) return &modules[module_count];
	for (uint32_t tries = 0; tries < MODULE_MAX; tries++) {
		struct module *m = &modules[next++ % MODULE_MAX];
		if (m->gone && m - modules >= first_count) return m;
	}
	return NULL;
}

/* Numbers are never given twice: other threads' events may speak of them. */
static uint16_t new_number(void) { return module_numbers < WIRE_PYTHON ? (uint16_t)module_numbers++ : WIRE_NO_MODULE; }

struct module *module_add(const struct module *added) {
	struct module *m = find_place();
	if (!m) return NULL;
	if (m->gone) nodes_drop(module_owner(m));
	store_relaxed(&replacing, replacing + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	*m = *added;
	m->number = new_number();
	store_release(&replacing, replacing + 1);
	if (m == &modules[module_count]) store_release(&module_count, module_count + 1);
	return m;
}

struct module *module_next(const struct module *m) {
	struct module *next = m ? &modules[m - modules + 1] : modules;
	return next < modules + module_count ? next : NULL;
}

bool module_any(void) { return load_acquire(&module_count) != 0; }

void module_begun(void) {
	if (!first_count) first_count = module_count;
}

bool module_any_later(void) { return first_count && load_acquire(&module_count) > first_count; }

bool module_came_later(uintptr_t start, uintptr_t end) {
	for (uint32_t i = 0; i < first_count; i++)
		if (modules[i].start == start && modules[i].end == end) return false;
	return first_count != 0;
}

void module_mend_in_child(void) { replacing += replacing % 2; }

static uint32_t module_of_page(uint64_t page) {
	for (uint32_t i = 0, n = load_acquire(&module_count); i < n; i++) {
		const struct module *m = &modules[i];
		if (page >= m->start >> PAGE_SHIFT && page <= (m->end - 1) >> PAGE_SHIFT && !load_relaxed(&m->gone)) return i;
	}
	return MODULE_MAX;
}

const struct module *module_at(uintptr_t pc) {
	if (pc >> ARCH_ADDRESS_BITS) return NULL;
	uint64_t page = pc >> PAGE_SHIFT, *place = &module_places[(page ^ page >> 12) % MODULE_PLACES], word = load_relaxed(place);
	uint64_t key = page << CHANGE_BITS | load_acquire(&module_changes) % (1 << CHANGE_BITS);
	if (unlikely(word >> MODULE_BITS != key)) {
		word = key << MODULE_BITS | module_of_page(page);
		store_relaxed(place, word);
	}
	uint32_t index = word % (1 << MODULE_BITS);
	if (index == MODULE_MAX) return NULL;
	const struct module *m = &modules[index];
	return pc - m->start < m->end - m->start ? m : NULL;
}

bool module_copy(uintptr_t pc, struct module *copy) {
	uint32_t before = load_acquire(&replacing);
	const struct module *m = module_at(pc);
	if (!m || before % 2) return false;
	*copy = *m;
	__atomic_thread_fence(__ATOMIC_ACQUIRE);
	return load_relaxed(&replacing) == before;
}
