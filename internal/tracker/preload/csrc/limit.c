#include "limit.h"

#include "addresses.h"
#include "mark.h"
#include "process.h"
#include "sys.h"

static struct addresses blocks = {.have_numbers = true}; /* that live, with the bytes that were asked for */

/* Each in a line of the cache of its own: all threads write to them. */
static struct {
	uint64_t is;
	uint64_t pad[7];
} live_bytes, live_blocks, calls, failed;

static bool was_reached;

/* As the recorder has asked for them: the program may write over the control page. */
static struct {
	uint64_t bytes, blocks;
	uint64_t from, every, times;
} limit;

static void sum(uint64_t bytes) {
	live_bytes.is += bytes;
	live_blocks.is++;
}

/* What the parent's other threads had reserved is nobody's here. */
void limit_begin_in_child(void) {
	was_reached = false;
	if (!process.keeps_limit || !process.loader_held) return;
	live_bytes.is = live_blocks.is = 0;
	addresses_each(&blocks, sum);
}

/* ---- what is to fail ---- */

/* Of each stack, by its number, what is known of it. A forked child's stacks have other numbers. */
enum {
	STACK_GOES = 1,
	STACK_FAILS = 2,
};
static uint8_t *stacks;

static bool map_stacks(void) {
	const size_t bytes = (size_t)1 << WIRE_STACK_BITS;
	stacks = sys_map(bytes);
	return stacks && sys_wipe_on_fork(stacks, bytes) == 0;
}

bool limit_fails(uint32_t stack) {
	if (stack < WIRE_FIRST_NODE) return false;
	uint8_t known = load_relaxed(&stacks[stack]);
	bool fails = known == STACK_FAILS;
	if (!known && mark_asks_of_stack(stack, &fails)) store_relaxed(&stacks[stack], fails ? STACK_FAILS : STACK_GOES);
	return fails;
}

/* Counts a call, and reports whether it is to fail. */
static bool is_ordered(bool by_stack) {
	uint64_t call = add_relaxed(&calls.is, 1) + 1;
	if (!by_stack && !(limit.from && call >= limit.from) && !(limit.every && call % limit.every == 0)) return false;
	return !limit.times || add_relaxed(&failed.is, 1) < limit.times;
}

/* ---- the begin ---- */

bool limit_begin(void) {
	const struct wire_control *c = process.control;
	limit.bytes = c->limit_bytes;
	limit.blocks = c->limit_blocks;
	limit.from = c->fail_from;
	limit.every = c->fail_every;
	limit.times = c->fail_times;
	bool is_any = limit.bytes || limit.blocks;
	/* A block from before the recorder came is a block of who resizes it. */
	process.resizes_specially = process.sample_mean || is_any || (c->flags & WIRE_ATTACHED);
	process.keeps_limit = is_any && c->at_limit != WIRE_LIMIT_NOTE;
	process.ends_at_limit = is_any && c->at_limit == WIRE_LIMIT_KILL;
	process.fails_by_stack = c->flags & WIRE_FAILS;
	process.fails = limit.from || limit.every || process.fails_by_stack;
	return (!process.keeps_limit || addresses_begin(&blocks)) && (!process.fails_by_stack || map_stacks());
}

/* ---- what lives ---- */

static void add(uint64_t *live, uint64_t more) { __atomic_fetch_add(live, more, __ATOMIC_ACQ_REL); }
static void take(uint64_t *live, uint64_t less) { __atomic_fetch_sub(live, less, __ATOMIC_ACQ_REL); }

/* Adds to what lives, unless that comes above a limit; a limit of 0 is none. *was is what lived before. */
static bool reserve(uint64_t *live, uint64_t more, uint64_t limit, uint64_t *was) {
	*was = load_relaxed(live);
	do {
		if (limit && more && (*was > limit || more > limit - *was)) return false;
	} while (!__atomic_compare_exchange_n(live, was, *was + more, true, __ATOMIC_ACQ_REL, __ATOMIC_RELAXED));
	return true;
}

/* Whether a resize that was left has ended the block nobody knows. Like the recorder's account, this one has
 * it still, unless another block has its address. */
static void forget_resizing(struct thread *t) {
	if (t->limit_resizing && (addresses_find(&blocks, t->limit_old, NULL) || !addresses_add(&blocks, t->limit_old, t->limit_had))) {
		take(&live_bytes.is, t->limit_had);
		take(&live_blocks.is, 1);
	}
	t->limit_resizing = false;
}

void limit_forget(struct thread *t) {
	limit_give_back(t);
	forget_resizing(t);
}

enum limit_answer limit_ask(struct thread *t, uintptr_t old, size_t bytes, bool by_stack, struct limit_live *live) {
	limit_forget(t);
	if (process.fails && is_ordered(by_stack)) return LIMIT_ORDER;
	/* No allocator has as much. */
	if (!process.keeps_limit || bytes == SIZE_MAX) return LIMIT_LETS;
	uint64_t had = 0, more, block = !old || !addresses_find(&blocks, old, &had);
	more = bytes > had ? bytes - had : 0;
	if (!reserve(&live_blocks.is, block, limit.blocks, &live->blocks)) {
		live->bytes = load_relaxed(&live_bytes.is);
		return LIMIT_BLOCKS;
	}
	if (!reserve(&live_bytes.is, more, limit.bytes, &live->bytes)) {
		take(&live_blocks.is, block);
		return LIMIT_BYTES;
	}
	t->limit_bytes = more;
	t->limit_blocks = block;
	return LIMIT_LETS;
}

void limit_give_back(struct thread *t) {
	if (t->limit_bytes) take(&live_bytes.is, t->limit_bytes);
	if (t->limit_blocks) take(&live_blocks.is, t->limit_blocks);
	t->limit_bytes = t->limit_blocks = 0;
}

/* Corrects what is reserved for t by what its call has come to. */
static void settle(struct thread *t, uint64_t bytes, uint64_t blocks) {
	add(&live_bytes.is, bytes - t->limit_bytes);
	if (blocks != t->limit_blocks) add(&live_blocks.is, blocks - t->limit_blocks);
	t->limit_bytes = t->limit_blocks = 0;
}

/* Puts a block into the set, whose bytes are counted already. Where there is no room its end will not be
 * known: so its bytes are taken back. */
static void put(uintptr_t block, size_t bytes) {
	limit_ends(block); /* of what was there before, and whose end was not seen */
	if (addresses_add(&blocks, block, bytes)) return;
	take(&live_bytes.is, bytes);
	take(&live_blocks.is, 1);
}

void limit_made(struct thread *t, uintptr_t block, size_t bytes) {
	settle(t, bytes, 1);
	put(block, bytes);
}

void limit_ends(uintptr_t block) {
	uint64_t bytes;
	if (!addresses_remove(&blocks, block, &bytes)) return;
	take(&live_bytes.is, bytes);
	take(&live_blocks.is, 1);
}

void limit_resizes(struct thread *t, uintptr_t old) {
	t->limit_had = 0;
	t->limit_old = old;
	t->limit_resizing = addresses_remove(&blocks, old, &t->limit_had);
}

void limit_resized(struct thread *t, uintptr_t block, size_t bytes, bool gone, bool counts_unknown) {
	bool known = t->limit_resizing;
	t->limit_resizing = false;
	if (!block) limit_give_back(t);
	if (!block && known && !gone) {
		addresses_add(&blocks, t->limit_old, t->limit_had);
	} else if (!block) {
		settle(t, (uint64_t) - (known ? t->limit_had : 0), (uint64_t)-known);
	} else if (known || counts_unknown) {
		settle(t, bytes - t->limit_had, !known);
		put(block, bytes);
	}
}

struct limit_live limit_lives(void) {
	return (struct limit_live){load_relaxed(&live_bytes.is), load_relaxed(&live_blocks.is)};
}

bool limit_is_first(void) { return !__atomic_exchange_n(&was_reached, true, __ATOMIC_RELAXED); }
