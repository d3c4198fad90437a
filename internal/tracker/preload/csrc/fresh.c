#include "fresh.h"

#include "copy.h"
#include "phdr.h"
#include "real.h"
#include "resolve.h"
#include "text.h"

/* What is larger is fresh pages of the kernel's mostly. Where it is not, as that of a program that
 * frees such blocks again and again, zeroing would cost more than what stale words hide. One byte
 * is what is asked for besides. */
enum { MOST_ZEROED = (64 << 10) + 1 };

static struct real behind;
static size_t (*usable_size)(void *); /* the allocator's; NULL: it has none */
static uintptr_t start, bytes;        /* where the allocator's library lies */
static bool is_glibc;

bool fresh_is_allocators(uintptr_t code) { return code - start < bytes; }

static int find_library(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size, (void)data;
	uintptr_t first, end;
	if (!phdr_range(info, &first, &end) || (uintptr_t)real.malloc - first >= end - first) return 0;
	start = first;
	bytes = end - first;
	return 1;
}

void fresh_find(void) {
	void *glibc = NULL;
	const struct wanted names[] = {{"gnu_get_libc_version", &glibc}};
	resolve(names, COUNT_OF(names), NULL);
	dl_iterate_phdr(find_library, NULL);
	is_glibc = fresh_is_allocators((uintptr_t)glibc);
	/* Another allocator's would take the block for one of its own. */
	if (fresh_is_allocators((uintptr_t)real.malloc_usable_size)) usable_size = real.malloc_usable_size;
}

/* glibc keeps the size of a block in front of it, so that none begins where another ends. A block
 * of no bytes has no end. */
size_t fresh_ask(size_t n) { return !is_glibc && n && n != SIZE_MAX ? n + 1 : n; }

/* Returns how large the block is; otherwise where that is not known. To tell it, an allocator may
 * make a block itself, as tcmalloc does when it is asked first. */
static size_t size_of(void *block, size_t otherwise) {
	static PER_THREAD bool asking;
	if (!usable_size || asking) return otherwise;
	asking = true;
	size_t size = usable_size(block);
	asking = false;
	return size;
}

/* Zeroes a block, of which so many bytes were asked for, from an offset to its end: what a realloc
 * may take later is zeroed with the rest. */
static void *zero_from(void *block, size_t from, size_t asked) {
	if (!block || asked > MOST_ZEROED) return block;
	size_t end = size_of(block, asked);
	if (end > 2 * MOST_ZEROED) end = asked;
	if (from < end) memset((char *)block + from, 0, end - from);
	return block;
}

void *fresh_block(void *block, size_t asked) { return zero_from(block, 0, asked); }

void *fresh_zero(void *block, size_t n) {
	if (block && n <= MOST_ZEROED) memset(block, 0, n);
	return block;
}

size_t fresh_size(uintptr_t function, void *block, size_t n) { return fresh_is_allocators(function) ? size_of(block, n) : n; }

/* Calls a function that makes a block of n bytes, with what is asked for in n's place. Where that
 * is too much, what becomes of the call is what would have become of the program's. */
#define MAKE(n, call) \
	size_t asked = fresh_ask(n); \
	void *block = call; \
	if (unlikely(!block) && asked != (n)) { \
		asked = n; \
		block = call; \
	}

static void *make(size_t n) {
	copy_if_asked();
	MAKE(n, behind.malloc(asked));
	return fresh_block(block, asked);
}

static void *make_zeroed(size_t count, size_t size) {
	copy_if_asked();
	size_t n;
	if (__builtin_mul_overflow(count, size, &n) || fresh_ask(n) == n) return zero_from(behind.calloc(count, size), count * size, count * size);
	MAKE(n, behind.calloc(1, asked));
	return zero_from(block, asked, asked);
}

/* What the block has behind the bytes that it is to have, or had, becomes zero. Where it is not
 * known how much it had, that is what it had and more. */
static void *resize(void *old, size_t n) {
	if (!old) return make(n);
	copy_if_asked();
	if (!n) return behind.realloc(old, 0);
	size_t had = size_of(old, n);
	MAKE(n, behind.realloc(old, asked));
	return zero_from(block, had < n ? had : n, asked);
}

/* The functions that take an alignment. How large such a block is, not every allocator tells right:
 * the debugging form of tcmalloc says too much. So what was asked for is zeroed, and no more. */

static int make_at(void **out, size_t alignment, size_t n) {
	copy_if_asked();
	size_t asked = fresh_ask(n);
	int failed = behind.posix_memalign(out, alignment, asked);
	if (unlikely(failed) && asked != n) failed = behind.posix_memalign(out, alignment, asked = n);
	if (!failed) fresh_zero(*out, asked);
	return failed;
}

/* Some allocators want a multiple of the alignment here. */
static void *make_aligned(size_t alignment, size_t n) {
	copy_if_asked();
	size_t ask = fresh_ask(n);
	if (ask != n && alignment && n % alignment == 0 && n < SIZE_MAX - alignment) ask = n + alignment;
	void *block = behind.aligned_alloc(alignment, ask);
	if (unlikely(!block) && ask != n) block = behind.aligned_alloc(alignment, ask = n);
	return fresh_zero(block, n);
}

static void *make_memalign(size_t alignment, size_t n) {
	copy_if_asked();
	MAKE(n, behind.memalign(alignment, asked));
	return fresh_zero(block, asked);
}

static void *make_page(size_t n) {
	copy_if_asked();
	MAKE(n, behind.valloc(asked));
	return fresh_zero(block, asked);
}

static void *make_pages(size_t n) {
	copy_if_asked();
	MAKE(n, behind.pvalloc(asked));
	return fresh_zero(block, asked);
}

static void release(void *block) {
	copy_if_asked();
	behind.free(block);
}

void fresh_begin(void) {
	behind = real;
	if (real.malloc) real.malloc = make;
	if (real.calloc) real.calloc = make_zeroed;
	if (real.realloc && real.malloc) real.realloc = resize;
	if (real.posix_memalign) real.posix_memalign = make_at;
	if (real.aligned_alloc) real.aligned_alloc = make_aligned;
	if (real.memalign) real.memalign = make_memalign;
	if (real.valloc) real.valloc = make_page;
	if (real.pvalloc) real.pvalloc = make_pages;
	/* The allocator would look for the block where those of that size are. */
	if (real.free) real.free = release, real.free_sized = NULL, real.free_aligned_sized = NULL;
}
