/* Where a library's references to the allocator lead. */
#ifndef HEAPPROF_REFERENCES_H
#define HEAPPROF_REFERENCES_H

#include "base.h"
#include "imports.h"

/* Whether a library that lies between start and end calls the allocator past us, as one
 * does that was loaded with RTLD_DEEPBIND: whether one of its references leads neither to
 * us nor to the program. False where the loader has not bound them yet. To be called
 * while the loader changes nothing. */
bool references_lead_past_us(const struct dl_phdr_info *info, uintptr_t start, uintptr_t end);

#endif
