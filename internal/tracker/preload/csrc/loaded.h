/* Reads what the loader has loaded. */
#ifndef HEAPPROF_LOADED_H
#define HEAPPROF_LOADED_H

#include "base.h"
#include "cfi.h"
#include "imports.h"

enum {
	LOADED_BUILD_ID = 64 /* bytes at most */,
	LOADED_SEGMENTS = 8,
};

/* One module as the loader reports it, copied out while it holds its lock. */
struct loaded {
	struct loaded *next;
	uintptr_t start, end, bias;
	const uint8_t *eh_frame_hdr;
	struct cfi_segment segments[LOADED_SEGMENTS];
	uint32_t segment_count, build_id_bytes, path_bytes;
	uint8_t build_id[LOADED_BUILD_ID];
	bool bypasses; /* what it allocates is not recorded: its references do not lead to the tracker */
	char path[];   /* not terminated */
};

/* One look at all that the loader has loaded. */
struct loaded_scan {
	char *scratch;
	size_t used, room;
	bool full; /* not all have found room */
	struct loaded *first, *last;
	unsigned long long seen_loads, seen_unloads; /* the loader's counters at the last look; set by the caller */
	unsigned long long loads, unloads;
	uint32_t look; /* in the order of looks: the loader's lock is held */
	bool changed, everywhere;
};

/* Looks. Without scratch, room for what is found, it only finds out whether something has
 * changed. */
void loaded_look(struct loaded_scan *scan);

/* Returns a hash of the build-id and the path. */
uint64_t loaded_identity(const struct loaded *f);

#endif
