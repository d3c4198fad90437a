#include "text.h"

#include "arch.h"

/* Without the pragma gcc turns these loops into calls of themselves. */
#ifndef __clang__
#pragma GCC optimize("no-tree-loop-distribute-patterns")
#endif

void *memcpy(void *restrict to, const void *restrict from, size_t n) {
	unsigned char *t = to;
	const unsigned char *f = from;
	for (size_t i = 0; i < n; i++) t[i] = f[i];
	return to;
}

void *memset(void *to, int byte, size_t n) {
	typedef uint64_t __attribute__((may_alias, aligned(1))) word;
	uint64_t all = (uint8_t)byte * (~0ull / 0xff);
	unsigned char *t = to, *end = t + n;
	if (n >= ARCH_FILL_FROM) return arch_fill(to, byte, n), to;
	for (; end - t >= 8; t += 8) *(word *)t = all;
	for (; t < end; t++) *t = (unsigned char)byte;
	return to;
}

size_t text_length(const char *s) {
	size_t n = 0;
	while (s[n]) n++;
	return n;
}

bool text_begins(const char *s, const char *with) {
	while (*with && *s == *with) s++, with++;
	return !*with;
}

bool text_equal(const char *a, const char *b) {
	while (*a && *a == *b) a++, b++;
	return *a == *b;
}

bool text_bytes_equal(const void *a, const void *b, size_t n) {
	const uint8_t *x = a, *y = b;
	while (n && *x == *y) x++, y++, n--;
	return n == 0;
}
