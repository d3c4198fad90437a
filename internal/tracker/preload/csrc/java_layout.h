/* Where HotSpot, the Java machine of libjvm.so, keeps what the frames of Java's functions are told by. It
 * says so itself, for debuggers, in tables that it exports (vmStructs.hpp): names of types and fields, with their
 * offsets. So nothing here goes by the version, but what those tables do not have. */
#ifndef HEAPPROF_JAVA_LAYOUT_H
#define HEAPPROF_JAVA_LAYOUT_H

#include "base.h"

enum { JAVA_NONE = -1 /* an offset: this version has no such field */ };

struct java_layout {
	uint64_t heaps, version; /* addresses of CodeCache::_heaps, and of the number of the version */
	int64_t list_data;       /* in a list; what it counts is at its start, in four bytes */
	/* In a part of the memory that code is made in, and in one of its two ranges. */
	int64_t heap_memory, heap_segments, heap_shift, space_low, space_high;
	int64_t block_bytes, block_used; /* of what stands in front of each piece of code; and in it, whether it is one */
	/* In a piece of code. */
	int64_t blob_name, blob_frame, blob_mutable, blob_relocations;
	int64_t blob_code, blob_code_at; /* the address of its first instruction; or how far that is from the piece's start */
	/* In a compiled function. */
	int64_t compiled_method, compiled_kept_pc, compiled_places, compiled_immutable, compiled_metadata;
	int64_t compiled_deopt, compiled_deopt_at, compiled_scopes, compiled_scopes_at; /* pointers and distances, as above */
	/* In a function, the constant part of it, its class's constants, the class, a name. */
	int64_t method_const;
	int64_t const_bytes, const_words, const_pool, const_flags, const_code, const_name;
	int64_t pool_bytes, pool_class, pool_source, class_source;
	int64_t class_name, symbol_length, symbol_body;
	/* Found from these. */
	uint8_t number_base; /* the least byte of a number that is compressed */
	bool has_scopes;     /* it is known which functions were inlined at an address, and the lines */
};

enum {
	JAVA_PLACE_BYTES = 16, /* of an entry of the table from addresses to scopes: PcDesc */
	/* Of the interpreter's frames, in bytes from the frame pointer, from version 11 on. */
	JAVA_FRAME_SENDER = -8,
	JAVA_FRAME_METHOD = -24,
	JAVA_FRAME_AT = -64,
	JAVA_FRAME_BYTES = 72, /* that it has below its record at least */
};

/* Notes that a file was mapped, which may be HotSpot's. */
void java_layout_see(const char *path, size_t path_bytes, uintptr_t start, uintptr_t bias);

/* Returns the layout of the process's HotSpot; NULL: it has none, or one that is not known. */
const struct java_layout *java_layout(void);

ALWAYS_INLINE uint64_t java_word(uintptr_t at) { return *(const uint64_t *)at; }
ALWAYS_INLINE uint32_t java_half(uintptr_t at) { return *(const uint32_t *)at; }
ALWAYS_INLINE uint16_t java_quarter(uintptr_t at) { return *(const uint16_t *)at; }

#endif
