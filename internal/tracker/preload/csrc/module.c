#include "module.h"

#include "lock.h"
#include "objects.h"
#include "program.h"
#include "references.h"
#include "ring.h"
#include "rules.h"

enum {
	MAX_MODULES = 4096,
	MAX_PATH = 4096,
	MAX_BUILD_ID = 64,
	MAX_SEGMENTS = 8,
	SCRATCH_BYTES = 1 << 20, /* for some three thousand modules; if that is too little, eight times as much */
};

uint32_t module_epoch;

static struct module modules[MAX_MODULES];
static uint32_t module_count, first_count; /* places in use, and those that were from the start */
static uint32_t module_numbers;            /* given so far */
static uint32_t numberless;                /* modules for which there was none left */
static uint32_t replacing;                 /* odd while a place gets another module */
static struct lock module_lock;
static unsigned long long seen_loads, seen_unloads; /* the loader's counters */
static uint32_t looks, merged_look;

/* One module as the loader reports it, copied out while it holds its lock. */
struct found {
	struct found *next;
	uintptr_t start, end, bias;
	const uint8_t *eh_frame_hdr;
	struct cfi_segment segments[MAX_SEGMENTS];
	uint32_t segment_count, build_id_bytes, path_bytes;
	uint8_t build_id[MAX_BUILD_ID];
	bool past_us; /* what it allocates is not recorded: its references lead past us */
	char path[]; /* not terminated */
};

struct scan {
	char *scratch;
	size_t used, room;
	bool full; /* not all have found room */
	struct found *first, *last;
	unsigned long long loads, unloads;
	uint32_t look; /* in the order of looks: the loader's lock is held */
	bool changed, everywhere;
};

static void note_build_id(struct found *f, const uint8_t *note, size_t bytes) {
	/* ELF notes: name size, description size, type, then both padded to four. */
	while (bytes >= 12) {
		uint32_t name, description, type;
		memcpy(&name, note, 4);
		memcpy(&description, note + 4, 4);
		memcpy(&type, note + 8, 4);
		uint64_t at = 12 + (((uint64_t)name + 3) & ~3ull), whole = at + (((uint64_t)description + 3) & ~3ull);
		if (whole > bytes) return;
		if (type == NT_GNU_BUILD_ID && name == 4 && text_equal((const char *)note + 12, "GNU") && description <= MAX_BUILD_ID) {
			f->build_id_bytes = description;
			memcpy(f->build_id, note + at, description);
			return;
		}
		note += whole;
		bytes -= whole;
	}
}

/* The path the recorder can open: the loader names the program "". */
static size_t module_path(const char *name, bool is_program, uintptr_t start, char *path) {
	if (is_program) {
		const char *found;
		size_t n = program_path(start, &found);
		if (n > 0) {
			memcpy(path, found, n);
			return n;
		}
	}
	if (text_begins(name, "/proc/") || text_begins(name, "/dev/fd/")) { /* a descriptor of ours, which others have not */
		size_t n = program_mapped_path(start, path, MAX_PATH);
		if (n) return n;
	}
	return object_path(name, path, MAX_PATH);
}

static void add_segment(struct found *f, uintptr_t at, size_t bytes) {
	if (f->segment_count == MAX_SEGMENTS) return;
	f->segments[f->segment_count].lo = (const uint8_t *)at;
	f->segments[f->segment_count++].end = (const uint8_t *)(at + bytes);
}

static void copy_elsewhere(const struct link_map *m, void *data);

/* The modules that were there at the start are the first. */
static bool came_later(uintptr_t start, uintptr_t end) {
	for (uint32_t i = 0; i < first_count; i++)
		if (modules[i].start == start && modules[i].end == end) return false;
	return first_count != 0;
}

static int copy_module(struct dl_phdr_info *info, size_t size, void *data) {
	struct scan *scan = data;
	if (size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs) {
		scan->loads = info->dlpi_adds;
		scan->unloads = info->dlpi_subs;
		if (!scan->scratch) {
			/* At first the counters may be zero: musl's count what dlopen does. */
			scan->changed = module_count == 0 || scan->loads != seen_loads || scan->unloads != seen_unloads;
			return 1;
		}
	}
	if (!scan->scratch) {
		scan->changed = true;
		return 1;
	}
	if (!scan->look) scan->look = add_relaxed(&looks, 1) + 1;
	if (scan->last && !scan->everywhere) {
		scan->everywhere = true;
		objects_in_namespaces(copy_elsewhere, scan);
	}
	if (scan->used + sizeof(struct found) + MAX_PATH > scan->room) {
		scan->full = true;
		return 1;
	}
	struct found *f = (struct found *)(scan->scratch + scan->used);
	f->start = ~(uintptr_t)0;
	f->bias = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + p->p_vaddr;
		switch (p->p_type) {
		case PT_LOAD:
			if (at < f->start) f->start = at;
			if (at + p->p_memsz > f->end) f->end = at + p->p_memsz;
			if (p->p_flags & PF_R) add_segment(f, at, p->p_filesz);
			break;
		case PT_GNU_EH_FRAME:
			f->eh_frame_hdr = (const uint8_t *)at;
			add_segment(f, at, p->p_filesz); /* outside the others where the recorder has made it */
			break;
		}
	}
	if (f->start >= f->end) return 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		const uint8_t *note = (const uint8_t *)(info->dlpi_addr + p->p_vaddr);
		for (uint32_t s = 0; p->p_type == PT_NOTE && s < f->segment_count; s++)
			if (note >= f->segments[s].lo && note + p->p_filesz <= f->segments[s].end) note_build_id(f, note, p->p_filesz);
	}
	/* At first they are bound as everybody's. */
	f->past_us = process.unhooked && came_later(f->start, f->end) && references_lead_past_us(info, f->start, f->end);
	const char *name = info->dlpi_name ? info->dlpi_name : "";
	f->path_bytes = (uint32_t)module_path(name, !scan->last && name[0] == 0, f->start, f->path);
	scan->used = (scan->used + sizeof *f + f->path_bytes + 15) & ~(size_t)15;
	if (scan->last) scan->last->next = f;
	else scan->first = f;
	scan->last = f;
	return 0;
}

/* dl_iterate_phdr tells of its caller's namespace only. Of the others the loader's lists
 * say where things lie, and their headers the rest. */
static void copy_elsewhere(const struct link_map *m, void *data) {
	enum { LEAST_PAGE = 4096 };
	struct scan *scan = data;
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)m->l_addr;
	if (!m->l_addr || !sys_readable(header) || !bytes_equal(header->e_ident, ELFMAG, SELFMAG) || header->e_type != ET_DYN) return;
	if (header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > LEAST_PAGE) return;
	for (const struct found *f = scan->first; f; f = f->next)
		if (f->bias == m->l_addr) return; /* the loader itself is in each of them */
	struct dl_phdr_info info = {
		.dlpi_addr = m->l_addr,
		.dlpi_name = m->l_name,
		.dlpi_phdr = (const ElfW(Phdr) *)((const char *)header + header->e_phoff),
		.dlpi_phnum = header->e_phnum,
	};
	copy_module(&info, 0, scan);
}

static uint64_t identity_of(const struct found *f) {
	uint64_t h = 14695981039346656037ull; /* FNV-1a */
	for (uint32_t i = 0; i < f->build_id_bytes; i++) h = (h ^ f->build_id[i]) * 1099511628211ull;
	for (uint32_t i = 0; i < f->path_bytes; i++) h = (h ^ (uint8_t)f->path[i]) * 1099511628211ull;
	return h;
}

static void announce(struct thread *t, uint32_t number, const struct found *f) {
	struct wire_event5 e = wire_module(&(struct wire_module){
		.number = number, .bypasses = f->past_us,
		.start = f->start, .end = f->end, .bias = f->bias,
		.build_id_bytes = f->build_id_bytes, .path_bytes = f->path_bytes,
	});
	ring_write_text(t, e.w, 5, f->build_id, f->build_id_bytes, f->path, f->path_bytes);
}

/* Which module a page belongs to, since mappings are of whole pages: a cache. One
 * word a page: its number, the module's place (or none), and the low bits of
 * module_changes when that was found out, so that nothing older counts. */
enum { PAGE_SHIFT = 12, MODULE_BITS = 13, CHANGE_BITS = 15, MODULE_PLACES = 4096 };
static uint64_t module_places[MODULE_PLACES];
_Static_assert(ARCH_ADDRESS_BITS - PAGE_SHIFT + MODULE_BITS + CHANGE_BITS <= 64 && MAX_MODULES < 1 << MODULE_BITS, "a place is one word");
static uint32_t module_changes;

static void modules_changed(void) {
	uint32_t changes = module_changes + 1;
	if (changes % (1 << CHANGE_BITS) == 0)
		for (uint32_t i = 0; i < MODULE_PLACES; i++) store_relaxed(&module_places[i], 0);
	store_release(&module_changes, changes);
}

/* Searched from *from on, which is set behind what is found: the loader's order is that
 * in which they came. */
static struct module *known(const struct found *f, uint64_t identity, uint32_t *from) {
	for (uint32_t i = 0; i < module_count; i++) {
		struct module *m = &modules[(*from + i) % module_count];
		if (m->start != f->start || m->end != f->end || m->identity != identity) continue;
		*from = (uint32_t)(m - modules) + 1;
		return m;
	}
	return NULL;
}

/* A place for a module that is new: one that was never used, or else one of a module that
 * is gone; NULL: there is none. The places of those from the start stay theirs. */
static struct module *find_place(void) {
	static uint32_t next; /* behind the one that was taken last */
	if (module_count < MAX_MODULES) return &modules[module_count];
	for (uint32_t tries = 0; tries < MAX_MODULES; tries++) {
		struct module *m = &modules[next++ % MAX_MODULES];
		if (m->gone && m - modules >= first_count) return m;
	}
	return NULL;
}

/* Numbers are never given twice: other threads' events may speak of them. */
static uint16_t new_number(void) { return module_numbers < WIRE_NO_MODULE ? (uint16_t)module_numbers++ : WIRE_NO_MODULE; }

static struct module *add_module(struct thread *t, const struct found *f, uint64_t identity) {
	struct module *m = find_place();
	if (!m) return NULL;
	store_relaxed(&replacing, replacing + 1);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	m->start = f->start;
	m->end = f->end;
	m->bias = f->bias;
	m->identity = identity;
	m->past_us = f->past_us;
	m->has_cfi = f->eh_frame_hdr && cfi_open(&m->cfi, f->eh_frame_hdr, f->segments, f->segment_count);
	m->number = new_number();
	store_release(&replacing, replacing + 1);
	if (m == &modules[module_count]) store_release(&module_count, module_count + 1);
	if (m->number == WIRE_NO_MODULE) numberless++;
	else announce(t, m->number, f);
	return m;
}

/* Searched from *from on, as in known. */
static bool is_among(const struct module *m, const struct found *first, const struct found **from) {
	const struct found *begin = *from ? *from : first, *f = begin;
	do {
		if (!f) break;
		if (f->start == m->start && f->end == m->end && identity_of(f) == m->identity) {
			*from = f->next;
			return true;
		}
		f = f->next ? f->next : first;
	} while (f != begin);
	return false;
}

static void merge(struct thread *t, const struct scan *scan) {
	/* Another thread, which looked later, was here first. The counters do not tell: with
	 * dlmopen's namespaces glibc counts unloadings that were none, and takes them back. */
	if (scan->look < merged_look) return;
	merged_look = scan->look;
	uint32_t placeless = 0;
	bool unloaded = scan->unloads != seen_unloads;
	const struct found *from = NULL;
	for (uint32_t i = 0; unloaded && i < module_count; i++)
		if (!modules[i].gone && !is_among(&modules[i], scan->first, &from)) store_relaxed(&modules[i].gone, true);
	uint32_t next = 0;
	for (const struct found *f = scan->first; f; f = f->next) {
		uint64_t identity = identity_of(f);
		struct module *m = known(f, identity, &next);
		if (m && f->past_us && !m->past_us && m->number != WIRE_NO_MODULE) {
			m->past_us = true;
			announce(t, m->number, f);
		}
		if (!m) m = add_module(t, f, identity);
		if (m) store_relaxed(&m->gone, false);
		else placeless++;
	}
	if (numberless + placeless > process.slot->unplaced) store_relaxed(&process.slot->unplaced, numberless + placeless);
	modules_changed();
	if (unloaded) {
		add_relaxed(&module_epoch, 1);
		rulecache_forget();
	}
	if (!first_count) first_count = module_count;
	seen_loads = scan->loads;
	seen_unloads = scan->unloads;
}

static void iterate(void *scan) { process.real.dl_iterate_phdr(copy_module, scan); }

/* Returns whether the loader could be asked. */
static bool refresh(struct thread *t, bool again) {
	/* Whoever holds the loader's lock may be waiting for one that is held here: a
	 * callback of dl_iterate_phdr that allocates. While no module is known the
	 * process is only beginning, and has no other thread. */
	if ((t->inside && load_acquire(&module_count)) || process.loader_held) return false;
	struct scan scan = {0};
	arch_keeping_vectors(iterate, &scan);
	if (!scan.changed && !again) return true;
	for (size_t room = SCRATCH_BYTES; room <= 8 * SCRATCH_BYTES; room *= 8) {
		scan = (struct scan){.scratch = sys_map(room), .room = room};
		if (!scan.scratch) return true;
		arch_keeping_vectors(iterate, &scan);
		if (!scan.full) break;
		if (room < 8 * SCRATCH_BYTES) sys_unmap(scan.scratch, room);
	}
	struct locked held = lock_take(&module_lock);
	if (held.lock) merge(t, &scan);
	lock_release(held);
	sys_unmap(scan.scratch, scan.room);
	return true;
}

bool module_refresh(struct thread *t) { return refresh(t, false); }

void module_refresh_references(struct thread *t) {
	if (process.unhooked) refresh(t, true);
}

void module_unlock_in_child(void) {
	lock_reset(&module_lock);
	replacing += replacing % 2;
	rulecache_unlock_in_child();
}

static uint32_t module_of_page(uint64_t page) {
	for (uint32_t i = 0, n = load_acquire(&module_count); i < n; i++) {
		const struct module *m = &modules[i];
		if (page >= m->start >> PAGE_SHIFT && page <= (m->end - 1) >> PAGE_SHIFT && !load_relaxed(&m->gone)) return i;
	}
	return MAX_MODULES;
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
	if (index == MAX_MODULES) return NULL;
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
