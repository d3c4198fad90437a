#include "frames.h"

#include "imports.h"

/* Defined by the linker: see layers.c. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));

/* .eh_frame_hdr as GNU ld writes it (LSB 5.0, core, 10.6.2): the table's addresses count from its begin, in four bytes. */
struct header {
	uint8_t version, frames_encoding, count_encoding, table_encoding;
	int32_t frames;
	uint32_t count;
	struct entry {
		int32_t start, description;
	} table[];
};
enum { COUNT_IN_FOUR = 0x03,
	FROM_HEADER_IN_FOUR = 0x3b,
	FROM_HERE_IN_FOUR = 0x1b };

static const struct header *find_header(void) {
	const ElfW(Ehdr) *elf = (const ElfW(Ehdr) *)__ehdr_start;
	const ElfW(Phdr) *p = (const ElfW(Phdr) *)(__ehdr_start + elf->e_phoff);
	for (unsigned i = 0; i < elf->e_phnum; i++)
		if (p[i].p_type == PT_GNU_EH_FRAME) return (const struct header *)(__ehdr_start + p[i].p_vaddr);
	return NULL;
}

const void *frames_find(uintptr_t pc, uintptr_t *start) {
	const struct header *h = find_header();
	if (!h || h->version != 1 || h->frames_encoding != FROM_HERE_IN_FOUR || h->count_encoding != COUNT_IN_FOUR || h->table_encoding != FROM_HEADER_IN_FOUR) return NULL;
	intptr_t at = (intptr_t)(pc - (uintptr_t)h);
	uint32_t below = 0, above = h->count;
	while (below < above) {
		uint32_t middle = below + (above - below) / 2;
		if (h->table[middle].start <= at) below = middle + 1;
		else above = middle;
	}
	if (!below) return NULL;
	const struct entry *e = &h->table[below - 1];
	const uint32_t *description = (const uint32_t *)((uintptr_t)h + (uintptr_t)(intptr_t)e->description);
	uint32_t bytes = description[3]; /* behind its length, its CIE, and where the function begins */
	*start = (uintptr_t)h + (uintptr_t)(intptr_t)e->start;
	return pc - *start < bytes ? description : NULL;
}
