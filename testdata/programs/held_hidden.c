/* Blocks to which nothing leads but pointers in disguise, made by a function for each
 * disguise. The sizes in a function differ by powers of two: their sum says which of its blocks are meant.
 * It ends by _exit, so that whoever looks for lost blocks looks at the same state. */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define COUNT 10

/* In data and, that it is not about data alone, in a block. */
struct tables {
	uint64_t words[16][COUNT];
	struct __attribute__((packed)) {
		char tag;
		void *pointer;
	} packed[COUNT];
	struct __attribute__((packed, aligned(4))) {
		uint32_t tag;
		void *pointer;
	} half_aligned[COUNT];
	uint32_t halves[2][COUNT];
};

static struct tables in_data, *in_block;

static char *numbered(int i) { return malloc(64 + (1 << i)); }

static void put_packed(struct tables *t, int i, char *p) { t->packed[i].pointer = p; }

static void put_half_aligned(struct tables *t, int i, char *p) { t->half_aligned[i].pointer = p; }

static void put_halves(struct tables *t, int i, char *p)
{
	t->halves[0][i] = (uintptr_t)p;
	t->halves[1][i] = (uintptr_t)p >> 32;
}

/* A function for blocks whose pointers are kept as put says. */
#define DISGUISE(name, put)                                                                                            \
	static __attribute__((noinline)) void name(struct tables *t)                                                   \
	{                                                                                                              \
		for (int i = 0; i < COUNT; i++) {                                                                      \
			char *p = numbered(i);                                                                         \
			put;                                                                                           \
		}                                                                                                      \
	}
#define WORD(name, row, word) DISGUISE(name, t->words[row][i] = (word))
#define ADDRESS ((uintptr_t)p)

WORD(plain, 0, ADDRESS)
WORD(low_tag, 1, ADDRESS | (i % 7 + 1))
WORD(high_tag, 2, ADDRESS | (uint64_t)(i + 1) << 48)
WORD(top_byte, 3, ADDRESS | (uint64_t)(i + 1) << 56)
WORD(complement, 4, ~ADDRESS)
WORD(exclusive_or, 5, ADDRESS ^ 0x5555555555555555)
WORD(inside, 6, ADDRESS + 32 + i)
WORD(last_byte, 7, ADDRESS + 63 + (1 << i))
WORD(far_behind, 8, ADDRESS + (1 << 20))
WORD(before, 9, ADDRESS - 1)
WORD(shifted, 10, ADDRESS >> 3)
WORD(swapped, 11, __builtin_bswap64(ADDRESS))
WORD(boxed, 12, ADDRESS | 0xfffc000000000000)
WORD(some, 13, i % 3 ? ADDRESS : -ADDRESS)
DISGUISE(unaligned, put_packed(t, i, p))
DISGUISE(half_aligned, put_half_aligned(t, i, p))
DISGUISE(halves, put_halves(t, i, p))

/* What hides pointers may be lost itself, or be held. */
static __attribute__((noinline)) void behind_others(struct tables *t)
{
	for (int i = 0; i < COUNT; i++) {
		char **p = (char **)numbered(i);
		char *behind = numbered(i);
		memset(p, 0, 64);
		p[0] = behind + i % 3;
		p[1] = (char *)~(uintptr_t)numbered(i);
		t->words[14][i] = i % 2 ? (uintptr_t)p : ~(uintptr_t)p;
	}
}

static __attribute__((noinline)) void all(struct tables *t)
{
	/* The stack here is far from that of _exit. */
	volatile char space[1 << 16];
	space[0] = 1;
	plain(t);
	low_tag(t);
	high_tag(t);
	top_byte(t);
	complement(t);
	exclusive_or(t);
	inside(t);
	last_byte(t);
	far_behind(t);
	before(t);
	shifted(t);
	swapped(t);
	boxed(t);
	some(t);
	unaligned(t);
	half_aligned(t);
	halves(t);
	behind_others(t);
	space[1] = space[0];
}

int main(void)
{
	in_block = calloc(1, sizeof *in_block);
	all(&in_data);
	all(in_block);
	_exit(0);
}
