#include "resolve.h"

#include "phdr.h"
#include "text.h"

enum { VERSION_HIDDEN = 0x8000 };

struct symbols {
	const ElfW(Sym) *table;
	const char *names;
	const uint32_t *gnu_hash, *sysv_hash;
	const uint16_t *versions;
	uintptr_t bias;
	bool variables; /* the names wanted are of variables */
};

static bool find_symbols_by(const ElfW(Dyn) *dynamic, uintptr_t bias, struct symbols *s) {
	*s = (struct symbols){.bias = bias};
	if (!dynamic) return false;
	for (; dynamic->d_tag != DT_NULL; dynamic++) {
		uintptr_t at = phdr_address(bias, dynamic);
		switch (dynamic->d_tag) {
		case DT_SYMTAB: s->table = (const void *)at; break;
		case DT_STRTAB: s->names = (const void *)at; break;
		case DT_GNU_HASH: s->gnu_hash = (const void *)at; break;
		case DT_HASH: s->sysv_hash = (const void *)at; break;
		case DT_VERSYM: s->versions = (const void *)at; break;
		}
	}
	return s->table && s->names && (s->gnu_hash || s->sysv_hash);
}

static bool find_symbols(const struct dl_phdr_info *info, struct symbols *s) { return find_symbols_by(phdr_dynamic(info), info->dlpi_addr, s); }

static bool is_definition(const struct symbols *s, uint32_t i, const char *name) {
	const ElfW(Sym) *sym = &s->table[i];
	unsigned type = sym->st_info & 0xf;
	if (sym->st_shndx == SHN_UNDEF || (s->variables ? type != STT_OBJECT : type != STT_FUNC && type != STT_GNU_IFUNC)) return false;
	if (s->versions && (s->versions[i] & VERSION_HIDDEN)) return false;
	return text_equal(s->names + sym->st_name, name);
}

static uint32_t gnu_hash_of(const char *name) {
	uint32_t h = 5381;
	for (; *name; name++) h = h * 33 + (uint8_t)*name;
	return h;
}

/* Index of the symbol that defines name, or 0. */
static uint32_t find_gnu(const struct symbols *s, const char *name) {
	const uint32_t *t = s->gnu_hash;
	uint32_t buckets = t[0], first = t[1], filter_words = t[2], hash = gnu_hash_of(name);
	if (buckets == 0) return 0;
	const uint32_t *bucket = t + 4 + filter_words * (sizeof(uintptr_t) / 4), *chain = bucket + buckets;
	uint32_t i = bucket[hash % buckets];
	if (i < first) return 0;
	for (;; i++) {
		uint32_t h = chain[i - first];
		if ((h | 1) == (hash | 1) && is_definition(s, i, name)) return i;
		if (h & 1) return 0;
	}
}

static uint32_t find_sysv(const struct symbols *s, const char *name) {
	for (uint32_t i = 1, count = s->sysv_hash[1]; i < count; i++)
		if (is_definition(s, i, name)) return i;
	return 0;
}

static void *find(const struct symbols *s, const char *name, size_t *size) {
	uint32_t i = s->gnu_hash ? find_gnu(s, name) : find_sysv(s, name);
	if (i == 0) return NULL;
	const ElfW(Sym) *sym = &s->table[i];
	if (size) *size = sym->st_size;
	uintptr_t at = s->bias + sym->st_value;
	if ((sym->st_info & 0xf) == STT_GNU_IFUNC) return ((void *(*)(void))at)();
	return (void *)at;
}

struct search {
	const struct wanted *names;
	size_t count;
	size_t *sizes;
	bool behind_tracker; /* this pass looks behind the tracker library, the other one in front of it */
	bool passed_tracker;
};

static bool is_tracker(const struct dl_phdr_info *info) {
	uintptr_t here = (uintptr_t)&is_tracker, start, end;
	return phdr_range(info, &start, &end) && here - start < end - start;
}

static int search_module(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size;
	struct search *search = data;
	if (is_tracker(info)) {
		search->passed_tracker = true;
		return 0;
	}
	struct symbols symbols;
	if (search->behind_tracker != search->passed_tracker || !find_symbols(info, &symbols)) return 0;
	for (size_t i = 0; i < search->count; i++) {
		const struct wanted *w = &search->names[i];
		if (!*w->address) *w->address = find(&symbols, w->name, search->sizes ? &search->sizes[i] : NULL);
	}
	return 0;
}

static int search_before(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size;
	struct search *search = data;
	struct symbols symbols;
	if (is_tracker(info)) return 1;
	if (!find_symbols(info, &symbols)) return 0;
	for (size_t i = 0; i < search->count; i++)
		if (find(&symbols, search->names[i].name, NULL)) search->passed_tracker = true;
	return 0;
}

bool resolve_is_preempted(const struct wanted *names, size_t count) {
	struct search before = {.names = names, .count = count};
	dl_iterate_phdr(search_before, &before);
	return before.passed_tracker;
}

void resolve(const struct wanted *names, size_t count, size_t *sizes) {
	struct search search = {.names = names, .count = count, .sizes = sizes, .behind_tracker = true};
	dl_iterate_phdr(search_module, &search);
	search.behind_tracker = search.passed_tracker = false;
	dl_iterate_phdr(search_module, &search);
}

bool resolve_in(const ElfW(Dyn) *dynamic, uintptr_t bias, const struct wanted_in *names, size_t count) {
	struct symbols symbols;
	if (!find_symbols_by(dynamic, bias, &symbols)) return false;
	for (size_t i = 0; i < count; i++) {
		const struct wanted_in *w = &names[i];
		symbols.variables = w->variable;
		*w->address = find(&symbols, w->name, w->size);
		if (!*w->address && !w->optional) return false;
	}
	return true;
}
