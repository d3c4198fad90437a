/* What a file's program headers say, as the loader tells of them. */
#ifndef HEAPPROF_PHDR_H
#define HEAPPROF_PHDR_H

#include "base.h"
#include "imports.h"

/* Where the file is mapped: its first byte, and the one behind its last. Returns false if
 * nothing of it is. */
bool phdr_range(const struct dl_phdr_info *info, uintptr_t *start, uintptr_t *end);

/* Returns the file's dynamic section, or NULL. */
const ElfW(Dyn) *phdr_dynamic(const struct dl_phdr_info *info);

/* Returns the address that an entry of the dynamic section holds; bias is the file's load address. */
uintptr_t phdr_address(uintptr_t bias, const ElfW(Dyn) *entry);

#endif
