/* Stacks that are known whole. To be inlined into unwind.c.
 *
 * A program that allocates from many places by turns comes back to stacks that it had
 * before. What a stack is depends on registers and words of the stack alone (unwind.c): the
 * hook's frame, the return address and the frame pointer in it, and further out, for each
 * frame, the word that has its return address and, where its rule goes by the frame pointer,
 * the word that has that. So a stack is kept as these words, checks, in the order from the
 * leaf outwards, with the leaf's node behind the last. Where all hold, the node is known,
 * at a compare a frame: no rule and no node is looked up, nothing is copied.
 *
 * Which word comes next, and where, is determined by those before it. So stacks that
 * agree up to some word share the checks up to there: where a check fails, the way goes on
 * with those that are kept for what the word holds instead. As in the memo, no word is
 * looked at behind one that differs.
 *
 * A stack is kept only when it comes for the second time within a while: a program whose
 * stacks are ever other ones does not pay for it, in time or memory. Where there is no more
 * room, all are forgotten. */
#ifndef HEAPPROF_KNOWN_H
#define HEAPPROF_KNOWN_H

#include "calltree.h"
#include "memo.h"
#include "text.h"

/* A check is a word: what the word of the stack is to hold << 16, with these bits below. */
enum {
	KNOWN_AT = (1 << 15) - 1, /* where the word lies: so many words above the base, first the hook's frame */
	KNOWN_RETURNS = 1 << 15,  /* it is a return address, and may be signed */
};
/* Words that look like a check that fails: the word above the base holds a return address. */
enum {
	KNOWN_END = 0 << 16 | 1,   /* the stack is whole */
	KNOWN_REBASE = 1 << 16 | 1 /* the next word is how many bytes further up the base lies from here on */
};

/* Where a search has ended: which word it had to look at, and what it held. */
struct known_end {
	uint64_t from;
	uintptr_t held, base;
	const uintptr_t *at; /* NULL: no stack begins like this one */
	bool unreadable;     /* it lies where nothing can be read any more */
};

ALWAYS_INLINE bool known_holds(uint64_t check, uintptr_t word) {
	return (check & KNOWN_RETURNS ? arch_unsigned(word) : word) == check >> 16;
}

/* Returns the place of what goes on from there if the word holds that, or the empty one where
 * it may be put. */
ALWAYS_INLINE struct known *known_place(const struct thread *t, uint64_t from, uintptr_t held) {
	uint64_t hash = (from << 32 ^ from >> 32 ^ held) * 0x9e3779b97f4a7c15ull;
	struct known *k = &t->known[hash >> (64 - KNOWN_BITS)];
	while (k->from && (k->from != from || k->held != held)) k = k + 1 < t->known + KNOWN_PLACES ? k + 1 : t->known;
	return k;
}

/* Returns the node of the leaf of the stack below the hook whose frame is given, or 0, and sets
 * *end. Looks at no word from readable on, where the stack that is known to be readable ends,
 * before it is known that this can be read, and moves that on then: all words up to there
 * may hold, and the rest be gone, as where coroutines lie side by side, and one calls the
 * other and ends. */
ALWAYS_INLINE uint32_t known_find(const struct thread *t, uintptr_t frame_address, uintptr_t pc, uintptr_t *readable, struct known_end *end) {
	uintptr_t base = frame_address;
	const struct known *k = known_place(t, (uint64_t)pc | KNOWN_BEGIN, frame_address);
	if (!k->from) {
		*end = (struct known_end){.from = (uint64_t)pc | KNOWN_BEGIN, .held = frame_address, .base = base};
		return 0;
	}
	for (;;) {
		const uint64_t *c = t->known_words + k->begin;
		uint64_t check;
		const uintptr_t *at;
		for (;; c++) {
			check = *c;
			at = (const uintptr_t *)base + (check & KNOWN_AT);
			if (unlikely((uintptr_t)at >= *readable) && !stack_reaches(readable, (uintptr_t)(at + 1))) {
				*end = (struct known_end){.unreadable = true};
				return 0;
			}
			if (likely(known_holds(check, *at))) continue;
			if (likely(check != KNOWN_REBASE)) break;
			base += *++c;
		}
		if (check == KNOWN_END) return k->node;
		uint64_t from = (uint64_t)(c - t->known_words);
		uintptr_t held = check & KNOWN_RETURNS ? arch_unsigned(*at) : *at;
		k = known_place(t, from, held);
		if (!k->from) {
			*end = (struct known_end){.from = from, .held = held, .base = base, .at = at};
			return 0;
		}
	}
}

static COLD void known_forget(struct thread *t) {
	if (t->known_used == 0) return;
	memset(t->known, 0, KNOWN_PLACES * sizeof *t->known);
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	t->known_count = 0;
	t->known_used = 0;
}

/* The checks of a stack, as they are made. */
struct known_checks {
	struct thread *t;
	const uintptr_t *from; /* the first is the one behind this word's; NULL: from now on all are kept */
	uintptr_t held;        /* what that word held */
	uintptr_t base;
	uint32_t used;
	bool fits;
};

ALWAYS_INLINE void known_put(struct known_checks *k, uint64_t word) {
	if (k->used < KNOWN_WORDS) k->t->known_words[k->used++] = word;
	else k->fits = false;
}

static inline void known_check(struct known_checks *k, const uintptr_t *at, uintptr_t is, unsigned kind) {
	if (k->from) {
		if (at == k->from) k->from = NULL;
		return;
	}
	uintptr_t above = ((uintptr_t)at - k->base) / sizeof *at;
	if (above > KNOWN_AT && kind == KNOWN_RETURNS && is) {
		uintptr_t base = (uintptr_t)(at - 1);
		known_put(k, KNOWN_REBASE);
		known_put(k, base - k->base);
		k->base = base;
		above = 1;
	}
	if (above > KNOWN_AT || is >> 48) k->fits = false;
	known_put(k, (uint64_t)is << 16 | kind | above);
}

/* Whether it is worth asking whether a stack is known. To be told that it is not costs up to
 * a quarter of following it, where it has much in common with known ones. So where more
 * than three of four are not, only one in five is asked for. */
ALWAYS_INLINE bool known_asked(struct thread *t) {
	if (likely(t->known_unasked == 0)) return true;
	t->known_unasked--;
	return false;
}

ALWAYS_INLINE void known_found(struct thread *t, bool found) {
	enum { VAIN = 256,
		AT_ONCE = 32,
		WITHOUT = 4 * AT_ONCE,
		WORTH = 3 };
	t->known_last = found;
	if (found) {
		t->known_vain -= t->known_vain < WORTH ? t->known_vain : WORTH;
	} else if (++t->known_vain == VAIN) {
		t->known_vain = VAIN - AT_ONCE;
		t->known_unasked = WITHOUT;
	}
}

/* Reports whether the stack of that leaf came the slow way lately, and notes that it did. */
ALWAYS_INLINE bool known_comes_again(struct thread *t, uint32_t node) {
	uint32_t *f = t->known_filter[node * 0x9e3779b1u >> (32 - KNOWN_FILTER_BITS)];
	bool again = f[0] == node || f[1] == node || f[2] == node || f[3] == node;
	if (!again) {
		f[3] = f[2];
		f[2] = f[1];
		f[1] = f[0];
		f[0] = node;
	}
	return again;
}

/* Keeps the memo, whose leaf was called below the hook whose frame is given, and which a
 * search has not found. */
static NOINLINE void known_keep(struct thread *t, uintptr_t frame_address, const struct known_end *end) {
	enum { MOST_STACKS = KNOWN_PLACES / 2 };
	if (t->known_count == MOST_STACKS) {
		known_forget(t);
		return;
	}
	uint32_t begin = t->known_used ? t->known_used : 1; /* the number 0 stands for none */
	struct known_checks k = {.t = t, .from = end->at, .base = end->base, .used = begin, .fits = true};
#if !ARCH_RA_BELOW_CFA
	const uintptr_t *sp = &((const struct arch_hook_frame *)frame_address)->sp;
	known_check(&k, sp, *sp, 0);
#endif
	/* Where the frame pointer of the frame that is looked at lies; NULL: that is among the checks. */
	const uintptr_t *fp = (const uintptr_t *)frame_address;
	for (const struct frame *f = t->memo + t->memo_count - 1; f > t->memo || (f == t->memo && t->memo_truncated); f--) {
		if (f->uses_fp && fp) {
			known_check(&k, fp, f->fp, 0);
			fp = NULL;
		}
		/* Where the stack was cut there is a caller, as long as this one is there. */
		known_check(&k, f->ra_slot, f > t->memo ? f[-1].pc + 1 : arch_unsigned(*f->ra_slot), KNOWN_RETURNS);
		if (f->fp_slot) fp = f->fp_slot;
	}
	known_put(&k, KNOWN_END);
	if (!k.fits && k.used == KNOWN_WORDS) known_forget(t);
	if (!k.fits || k.from) return;
	t->known_used = k.used;
	t->known_count++;
	struct known *place = known_place(t, end->from, end->held);
	place->held = end->held;
	place->begin = begin;
	place->node = t->memo[t->memo_count - 1].node;
	/* Not before: a signal handler may leave this hook for good. */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	place->from = end->from;
}

#endif
