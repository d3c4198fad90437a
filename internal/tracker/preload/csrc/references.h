/* Where a library's references to the allocator lead. */
#ifndef HEAPPROF_REFERENCES_H
#define HEAPPROF_REFERENCES_H

#include "base.h"
#include "imports.h"

/* Reports whether a library that lies between start and end bypasses the tracker when it
 * calls the allocator, as one does that was loaded with RTLD_DEEPBIND: whether one of its
 * references to it leads neither to the tracker nor to the program. False where the loader
 * has not bound them yet. To be called while the loader changes nothing. */
bool references_bypass(const struct dl_phdr_info *info, uintptr_t start, uintptr_t end);

#endif
