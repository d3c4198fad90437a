#include "references.h"

#include "layers.h"
#include "module.h"
#include "phdr.h"
#include "sys.h"
#include "text.h"

struct relocations {
	const ElfW(Rela) *first;
	size_t bytes;
};

static bool is_of_allocator(const char *name) {
	static const char *const names[] = {"malloc", "free", "calloc", "realloc"};
	for (size_t i = 0; i < COUNT_OF(names); i++)
		if (text_equal(name, names[i])) return true;
	return false;
}

/* Reports whether a reference of the library between start and end bypasses the tracker.
 * Until the loader has bound it, a reference leads to the library itself, or to no memory. */
static bool bypasses_tracker(uintptr_t to, uintptr_t start, uintptr_t end) {
	if (!to || to - start < end - start || layers_in_tracker(to) || !sys_readable((const void *)to)) return false;
	const struct module *m = module_at(to);
	return !m || m->number != 0; /* a program that has a malloc of its own is searched before the tracker */
}

bool references_bypass(const struct dl_phdr_info *info, uintptr_t start, uintptr_t end) {
	const ElfW(Dyn) *dynamic = phdr_dynamic(info);
	const ElfW(Sym) *symbols = NULL;
	const char *names = NULL;
	struct relocations all[2] = {{0}};
	for (; dynamic && dynamic->d_tag != DT_NULL; dynamic++) {
		uintptr_t at = phdr_address(info->dlpi_addr, dynamic);
		switch (dynamic->d_tag) {
		case DT_SYMTAB: symbols = (const void *)at; break;
		case DT_STRTAB: names = (const void *)at; break;
		case DT_RELA: all[0].first = (const void *)at; break;
		case DT_RELASZ: all[0].bytes = dynamic->d_un.d_val; break;
		case DT_JMPREL: all[1].first = (const void *)at; break;
		case DT_PLTRELSZ: all[1].bytes = dynamic->d_un.d_val; break;
		}
	}
	if (!symbols || !names) return false;
	for (size_t i = 0; i < COUNT_OF(all); i++) {
		const ElfW(Rela) *r = all[i].first, *last = r + all[i].bytes / sizeof *r;
		for (; r && r < last; r++) {
			/* Not the addresses in variables, which the program may change. */
			if (ELF64_R_TYPE(r->r_info) != ARCH_GLOB_DAT && ELF64_R_TYPE(r->r_info) != ARCH_JUMP_SLOT) continue;
			const ElfW(Sym) *s = &symbols[ELF64_R_SYM(r->r_info)];
			if (s->st_shndx != SHN_UNDEF || !is_of_allocator(names + s->st_name)) continue;
			if (bypasses_tracker(*(const uintptr_t *)(info->dlpi_addr + r->r_offset), start, end)) return true;
		}
	}
	return false;
}
