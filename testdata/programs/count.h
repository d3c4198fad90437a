/* Counts what a fixture allocates, so that a profile can be held against the
 * program's own word. Nothing here allocates: printf would add stdio's buffer
 * to the profile, so the counts go out by write(2).
 *
 * The rules are DHAT's: a realloc is one more block of the new size, and of
 * equal peaks the last one counts. The peak is right in one thread only. */
#ifndef COUNT_H
#define COUNT_H

#include <stddef.h>
#include <stdio.h>
#include <unistd.h>

static struct {
	unsigned long long total_bytes, total_blocks;
	unsigned long long end_bytes, end_blocks; /* live now */
	unsigned long long peak_bytes, peak_blocks;
} counted;

#define COUNT_ADD(field, n) __atomic_fetch_add(&counted.field, (n), __ATOMIC_RELAXED)

static inline void count_peak(void)
{
	if (counted.end_bytes >= counted.peak_bytes) {
		counted.peak_bytes = counted.end_bytes;
		counted.peak_blocks = counted.end_blocks;
	}
}

static inline void count_alloc(size_t size)
{
	COUNT_ADD(total_bytes, size);
	COUNT_ADD(total_blocks, 1);
	COUNT_ADD(end_bytes, size);
	COUNT_ADD(end_blocks, 1);
	count_peak();
}

static inline void count_free(size_t size)
{
	COUNT_ADD(end_bytes, -size);
	COUNT_ADD(end_blocks, -1);
	count_peak();
}

static inline void count_realloc(size_t old_size, size_t new_size)
{
	COUNT_ADD(total_bytes, new_size);
	COUNT_ADD(total_blocks, 1);
	COUNT_ADD(end_bytes, new_size - old_size);
	count_peak();
}

/* The line that the tests read: name=value, separated by spaces. Returns its length. */
static inline int count_line(char *line, size_t size)
{
	return snprintf(line, size,
		"total_bytes=%llu total_blocks=%llu peak_bytes=%llu peak_blocks=%llu "
		"end_bytes=%llu end_blocks=%llu\n",
		counted.total_bytes, counted.total_blocks, counted.peak_bytes,
		counted.peak_blocks, counted.end_bytes, counted.end_blocks);
}

static inline void count_print(void)
{
	char line[256];
	int n = count_line(line, sizeof line);
	if (write(STDOUT_FILENO, line, n) != n)
		_exit(99);
}

#endif
