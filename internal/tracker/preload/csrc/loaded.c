#include "loaded.h"

#include "module.h"
#include "objects.h"
#include "phdr.h"
#include "process.h"
#include "program.h"
#include "real.h"
#include "references.h"
#include "sys.h"
#include "text.h"
#include "thread.h"

enum { MAX_PATH = 4096 };

static uint32_t looks;

static void note_build_id(struct loaded *f, const uint8_t *note, size_t bytes) {
	/* ELF notes: name size, description size, type, then both padded to four. */
	while (bytes >= 12) {
		uint32_t name, description, type;
		memcpy(&name, note, 4);
		memcpy(&description, note + 4, 4);
		memcpy(&type, note + 8, 4);
		uint64_t at = 12 + (((uint64_t)name + 3) & ~3ull), whole = at + (((uint64_t)description + 3) & ~3ull);
		if (whole > bytes) return;
		if (type == NT_GNU_BUILD_ID && name == 4 && text_equal((const char *)note + 12, "GNU") && description <= LOADED_BUILD_ID) {
			f->build_id_bytes = description;
			memcpy(f->build_id, note + at, description);
			return;
		}
		note += whole;
		bytes -= whole;
	}
}

/* Finds the path by which the recorder can open a module: the loader's name of the program
 * is "". */
static size_t module_path(const char *name, bool is_program, uintptr_t start, char *path) {
	if (is_program) {
		const char *found;
		size_t n = program_path(start, &found);
		if (n > 0) {
			memcpy(path, found, n);
			return n;
		}
	}
	if (text_begins(name, "/proc/") || text_begins(name, "/dev/fd/")) { /* a descriptor of this process, which the recorder has not */
		size_t n = program_mapped_path(start, path, MAX_PATH);
		if (n) return n;
	}
	return objects_path(name, path, MAX_PATH);
}

static void add_segment(struct loaded *f, uintptr_t at, size_t bytes) {
	if (f->segment_count == LOADED_SEGMENTS) return;
	f->segments[f->segment_count].lo = (const uint8_t *)at;
	f->segments[f->segment_count++].end = (const uint8_t *)(at + bytes);
}

static void copy_elsewhere(const struct link_map *m, void *data);

static int copy_module(struct dl_phdr_info *info, size_t size, void *data) {
	struct loaded_scan *scan = data;
	if (size >= offsetof(struct dl_phdr_info, dlpi_subs) + sizeof info->dlpi_subs) {
		scan->loads = info->dlpi_adds;
		scan->unloads = info->dlpi_subs;
		if (!scan->scratch) {
			/* At first the counters may be zero: musl's count what dlopen does. */
			scan->changed = !module_any() || scan->loads != scan->seen_loads || scan->unloads != scan->seen_unloads;
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
	if (scan->used + sizeof(struct loaded) + MAX_PATH > scan->room) {
		scan->full = true;
		return 1;
	}
	struct loaded *f = (struct loaded *)(scan->scratch + scan->used);
	if (!phdr_range(info, &f->start, &f->end)) return 0;
	f->bias = info->dlpi_addr;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		uintptr_t at = info->dlpi_addr + p->p_vaddr;
		switch (p->p_type) {
		case PT_LOAD:
			if (p->p_flags & PF_R) add_segment(f, at, p->p_filesz);
			break;
		case PT_GNU_EH_FRAME:
			f->eh_frame_hdr = (const uint8_t *)at;
			add_segment(f, at, p->p_filesz); /* outside the others where the recorder has made it */
			break;
		}
	}
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		const uint8_t *note = (const uint8_t *)(info->dlpi_addr + p->p_vaddr);
		for (uint32_t s = 0; p->p_type == PT_NOTE && s < f->segment_count; s++)
			if (note >= f->segments[s].lo && note + p->p_filesz <= f->segments[s].end) note_build_id(f, note, p->p_filesz);
	}
	/* What came at the start was bound as everything else. */
	f->bypasses = process.unpatched && module_came_later(f->start, f->end) && references_bypass(info, f->start, f->end);
	const char *name = info->dlpi_name ? info->dlpi_name : "";
	f->path_bytes = (uint32_t)module_path(name, !scan->last && name[0] == 0, f->start, f->path);
	scan->used = (scan->used + sizeof *f + f->path_bytes + 15) & ~(size_t)15;
	if (scan->last) scan->last->next = f;
	else scan->first = f;
	scan->last = f;
	return 0;
}

/* Copies a module of a namespace of dlmopen's, of which dl_iterate_phdr tells nothing.
 * The loader's list says where it lies, and its headers, as they are mapped, the rest. */
static void copy_elsewhere(const struct link_map *m, void *data) {
	struct loaded_scan *scan = data;
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)m->l_addr;
	if (!m->l_addr || !sys_readable(header) || !text_bytes_equal(header->e_ident, ELFMAG, SELFMAG) || header->e_type != ET_DYN) return;
	if (header->e_phoff + header->e_phnum * sizeof(ElfW(Phdr)) > SYS_PAGE) return;
	for (const struct loaded *f = scan->first; f; f = f->next)
		if (f->bias == m->l_addr) return; /* the loader itself is in each of them */
	struct dl_phdr_info info = {
		.dlpi_addr = m->l_addr,
		.dlpi_name = m->l_name,
		.dlpi_phdr = (const ElfW(Phdr) *)((const char *)header + header->e_phoff),
		.dlpi_phnum = header->e_phnum,
	};
	copy_module(&info, 0, scan);
}

uint64_t loaded_identity(const struct loaded *f) {
	uint64_t h = 14695981039346656037ull; /* FNV-1a */
	for (uint32_t i = 0; i < f->build_id_bytes; i++) h = (h ^ f->build_id[i]) * 1099511628211ull;
	for (uint32_t i = 0; i < f->path_bytes; i++) h = (h ^ (uint8_t)f->path[i]) * 1099511628211ull;
	return h;
}

static void iterate(void *scan) {
	struct thread *t = thread_current;
	if (t) t->asks = true;
	real.dl_iterate_phdr(copy_module, scan);
	if (t) t->asks = false;
}

void loaded_look(struct loaded_scan *scan) { arch_keeping_vectors(iterate, scan); }
