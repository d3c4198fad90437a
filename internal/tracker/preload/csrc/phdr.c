#include "phdr.h"

bool phdr_range(const struct dl_phdr_info *info, uintptr_t *start, uintptr_t *end) {
	*start = ~(uintptr_t)0;
	*end = 0;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		if (p->p_type != PT_LOAD) continue;
		uintptr_t at = info->dlpi_addr + p->p_vaddr;
		if (at < *start) *start = at;
		if (at + p->p_memsz > *end) *end = at + p->p_memsz;
	}
	return *start < *end;
}

const ElfW(Dyn) *phdr_dynamic(const struct dl_phdr_info *info) {
	for (int i = 0; i < info->dlpi_phnum; i++)
		if (info->dlpi_phdr[i].p_type == PT_DYNAMIC) return (const void *)(info->dlpi_addr + info->dlpi_phdr[i].p_vaddr);
	return NULL;
}

uintptr_t phdr_address(uintptr_t bias, const ElfW(Dyn) *entry) {
	/* glibc relocates these addresses in place, musl does not. */
	uintptr_t at = entry->d_un.d_ptr;
	return at < bias ? at + bias : at;
}
