/* A fixed piece of work through the malloc family, in functions with names of
 * their own: for programs that bring their own malloc. Counts every block; the
 * threads' own, which the C library allocates, are not counted. */
#ifndef PIECES_H
#define PIECES_H

#include <pthread.h>
#include <sched.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "count.h"

#define PIECE static __attribute__((noinline, noclone))

struct fork {
	struct fork *left, *right;
};

PIECE struct fork *plant(int height)
{
	struct fork *f = malloc(sizeof *f);
	count_alloc(sizeof *f);
	f->left = height ? plant(height - 1) : NULL;
	f->right = height ? plant(height - 1) : NULL;
	return f;
}

PIECE void fell(struct fork *f)
{
	if (!f)
		return;
	fell(f->left);
	fell(f->right);
	free(f);
	count_free(sizeof *f);
}

PIECE void grow(int n)
{
	char *v = NULL;
	for (size_t size = 0, next = 24; n--; size = next, next = n % 7 ? next * 3 / 2 : 50) {
		v = realloc(v, next);
		if (size)
			count_realloc(size, next);
		else
			count_alloc(next);
		memset(v, n, next);
		if (!n) {
			free(v);
			count_free(next);
		}
	}
}

PIECE void clear(int n)
{
	for (size_t i = 1; i <= (size_t)n; i++) {
		unsigned char *p = calloc(i, 37);
		count_alloc(i * 37);
		for (size_t at = 0; at < i * 37; at++)
			if (p[at])
				_exit(98);
		memset(p, 1, i * 37);
		free(p);
		count_free(i * 37);
	}
}

/* Not each power of two: mimalloc 2.0.9 gives blocks of 512 bytes that are to be
 * aligned to 256 another alignment. */
PIECE void align(int n)
{
	for (size_t alignment = 16; n--; alignment = alignment < 8192 ? alignment * 8 : 16) {
		void *p;
		if (posix_memalign(&p, alignment, alignment + 5))
			_exit(97);
		count_alloc(alignment + 5);
		void *q = aligned_alloc(alignment, alignment * 2);
		count_alloc(alignment * 2);
		if ((uintptr_t)p % alignment || (uintptr_t)q % alignment)
			_exit(96);
		free(p);
		count_free(alignment + 5);
		free(q);
		count_free(alignment * 2);
	}
}

enum { SIDES = 2, WARES = 1000, WARE = 100 };

static char *counter[SIDES];

/* Puts blocks on the other side's counter, and takes and frees those on its own. */
PIECE void trade(int side)
{
	char *ware = NULL;
	for (int given = 0, taken = 0; given < WARES || taken < WARES;) {
		if (!ware && given < WARES) {
			ware = malloc(WARE);
			count_alloc(WARE);
		}
		char *none = NULL;
		if (ware && __atomic_compare_exchange_n(&counter[!side], &none, ware, 0, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED)) {
			ware = NULL;
			given++;
		}
		char *got = __atomic_exchange_n(&counter[side], NULL, __ATOMIC_ACQ_REL);
		if (got) {
			free(got);
			count_free(WARE);
			taken++;
		} else {
			sched_yield();
		}
	}
}

static void *trader(void *side)
{
	trade((int)(intptr_t)side);
	return NULL;
}

static void market(void)
{
	pthread_t sides[SIDES];
	for (intptr_t i = 0; i < SIDES; i++)
		if (pthread_create(&sides[i], NULL, trader, (void *)i))
			_exit(95);
	for (int i = 0; i < SIDES; i++)
		pthread_join(sides[i], NULL);
}

PIECE void leak(int n)
{
	static void *volatile lost __attribute__((unused));
	for (int i = 0; i < n; i++) {
		lost = malloc(1000 + i);
		count_alloc(1000 + i);
	}
	lost = NULL;
}

/* The peak. */
PIECE void summit(void)
{
	enum { BLOCKS = 16, SIZE = 256 << 10 };
	char *blocks[BLOCKS];
	for (int i = 0; i < BLOCKS; i++) {
		blocks[i] = malloc(SIZE);
		count_alloc(SIZE);
		blocks[i][i] = 1;
	}
	for (int i = 0; i < BLOCKS; i++) {
		free(blocks[i]);
		count_free(SIZE);
	}
}

static void all_pieces(void)
{
	fell(plant(9));
	grow(60);
	clear(50);
	align(30);
	market();
	leak(40);
	summit();
	count_print();
}

#endif
