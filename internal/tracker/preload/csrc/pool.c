#include "pool.h"

#include "imports.h"
#include "limit.h"
#include "lock.h"
#include "module.h"
#include "nodes.h"
#include "process.h"
#include "python_frames.h"
#include "ring.h"
#include "sample.h"
#include "shared.h"
#include "sys.h"

static struct lock pool_lock;
static struct thread *all_threads;  /* every state of this process */
static struct thread *idle_threads; /* those that no thread has */
static struct thread *next_orphan;  /* where to look for one whose thread is gone */

/* The ring that was mapped last: the next one lies near it. */
static struct {
	uint32_t index;
	char *at; /* NULL: none yet */
} last_ring;

static char *map_ring(uint32_t index) {
	uint64_t from = 0, to = WIRE_RINGS_AT + (uint64_t)index * WIRE_RING_STRIDE;
	char *base = (char *)process.control;
	if (last_ring.at && index >= last_ring.index) {
		from = WIRE_RINGS_AT + (uint64_t)last_ring.index * WIRE_RING_STRIDE;
		base = last_ring.at;
	}
	char *again = sys_map_again(base, to - from + WIRE_RING_STRIDE);
	/* An emulator's or a sandbox's kernel may know no such mremap. */
	if (!again) return shared_map(to, WIRE_RING_STRIDE);
	if (to > from) sys_unmap(again, to - from);
	last_ring.index = index;
	last_ring.at = again + (to - from);
	return last_ring.at;
}

static size_t round_up(size_t n, size_t to) { return (n + to - 1) / to * to; }

static struct thread *new_thread(void) {
	struct wire_control *c = process.control;
	/* One mapping: the state, the calls, the two stacks, the checks; for the first thread the
	 * first of the call tree, too; and the known stacks, which are not touched before there
	 * are any. One spare frame for the end of a stack. */
	uint32_t depth = process.depth;
	size_t frames = (depth + 1) * sizeof(struct frame), checks = 2 * (depth + 1) * sizeof(struct check);
	size_t calls_at = round_up(sizeof(struct thread), 64), memo_at = calls_at + CALLS * sizeof(struct call);
	size_t nodes_at = round_up(memo_at + 2 * frames + checks, 64), filter_at = round_up(nodes_at + (all_threads ? 0 : NODES_FIRST_BYTES), 64);
	size_t known_at = filter_at + KNOWN_FILTERS * sizeof *(struct thread){0}.known_filter, words_at = known_at + KNOWN_PLACES * sizeof(struct known);
	size_t python_at = round_up(words_at + KNOWN_WORDS * sizeof(uint64_t), 64);
	size_t bytes = round_up(python_at + (process.python ? python_frames_thread_bytes() : 0), WIRE_PAGE);
	char *memory = sys_map(bytes);
	if (!memory) return NULL;
	uint32_t index = add_relaxed(&c->rings, 1);
	char *ring = index < c->max_rings && index < WIRE_MAX_RINGS && sys_wipe_on_fork(memory, bytes) == 0 ? map_ring(index) : NULL;
	/* An open ring is another thread's: the program has written over the count of rings. */
	if (!ring || ((struct wire_ring *)ring)->open) {
		sys_unmap(memory, bytes);
		return NULL;
	}
	struct thread *t = (struct thread *)memory;
	if (!all_threads) nodes_begin(memory + nodes_at);
	t->known_filter = (uint32_t(*)[4])(memory + filter_at);
	t->known = (struct known *)(memory + known_at);
	t->known_words = (uint64_t *)(memory + words_at);
	t->calls = (struct call *)(memory + calls_at);
	t->memo = (struct frame *)(memory + memo_at);
	t->fresh = t->memo + depth + 1;
	t->checks = (struct check *)(t->fresh + depth + 1);
	t->depth = depth;
	if (process.python) python_frames_begin_thread(t, memory + python_at);
	t->epoch = t->calls_epoch = load_relaxed(&module_epoch); /* or it would be emptied at once, which would touch all of its memory */
	t->ring = (struct wire_ring *)ring;
	t->words = (uint64_t *)(ring + WIRE_RING_HEADER);
	t->room_until = WIRE_RING_WORDS;
	t->ring->process = process.index;
	store_release(&t->ring->open, 1);
	if (all_threads) store_relaxed(&process.many_threads, true);
	t->next = all_threads;
	all_threads = t;
	return t;
}

/* Returns a state whose thread has ended unnoticed, or NULL: a thread that called the
 * allocator after its last destructor, or any thread where there is no key. Asks after a
 * few only, in turn, so that a thousand live threads do not make a new one slow. */
static struct thread *orphan(void) {
	for (unsigned asked = 0; asked < 16 && all_threads; asked++) {
		struct thread *t = next_orphan ? next_orphan : all_threads;
		next_orphan = t->next;
		if (!t->idle && !sys_thread_exists(process.pid, t->tid)) return t;
	}
	return NULL;
}

static struct thread *take_idle(void) {
	struct thread *t = idle_threads;
	if (t) idle_threads = t->next_idle;
	return t;
}

/* Returns the id of the thread whose state is wanted; 0: it is not known, and the thread is
 * taken to live until its end is noticed. A child of vfork(2) has another id than its
 * parent's thread, which waits meanwhile and will go on with the state: its id does not
 * count. */
static int owner(void) {
	int pid = sys_getpid(), tid = sys_gettid();
	bool is_child = pid >= 0 && pid != process.pid;
	return is_child || tid < 0 /* a filter forbids to ask */ ? 0 : tid;
}

/* Returns a state for the calling thread, whose hook is at frame_address; or NULL. */
static struct thread *acquire(uintptr_t frame_address) {
	int tid = owner();
	struct thread *left = guest_take_left();
	struct locked held = lock_take(&pool_lock);
	if (left && left->live) next_orphan = left;
	struct thread *t = held.lock ? take_idle() : NULL;
	if (!t && held.lock) t = orphan();
	if (!t && held.lock) t = new_thread();
	if (t) {
		t->idle = false;
		t->tid = tid;
		t->memo_count = 0;
		t->stack_lo = t->stack_end = 0;
		t->nested = NULL;
		t->asks = false;
		t->inner_count = 0;
		t->inner_resize = t->freeing = 0;
		if (process.sample_mean) sample_begin(t, &t->ring->countdown);
		t->special = process.sample_mean || process.frees || process.keeps_limit || process.fails;
		if (process.keeps_limit) limit_forget(t);
		t->newest = 0;
		t->live = 1;
		t->busy = frame_address;
	}
	lock_release(held);
	if (t) {
		t->stamp = arch_stamp_after();
		ring_write2(t, wire_thread(t->stamp, (uint64_t)tid));
	}
	return t;
}

/* Has the C library tell of the end of the thread that has this state; NULL: it cannot. */
static void (*hear_of_end)(void *state);

/* The key whose destructor is called when a thread ends. */
static unsigned end_key;

static void set_key(void *state) {
	struct thread *t = state;
	t->asks = true;
	pthread_setspecific(end_key, t);
	t->asks = false;
}

struct thread *pool_begin(uintptr_t frame_address) {
	struct thread *t = guest_has_place() ? acquire(frame_address) : NULL;
	if (!t) return NULL;
	thread_set_current(t);
	if (hear_of_end) arch_keeping_vectors(hear_of_end, t);
	if (process.leaf) sample_by(t); /* not before: what that has allocated is none of the program's */
	return t;
}

struct thread *pool_begin_nested(struct thread *t, uintptr_t frame_address) {
	if (!t->nested && (t->nested = acquire(frame_address)) && !sys_may(SYS_CALL_READABLE)) {
		t->nested->stack_lo = t->stack_lo;
		t->nested->stack_end = t->stack_end;
	}
	if (!t->nested) return NULL;
	t->nested->countdown = t->countdown; /* one countdown a thread */
	t->nested->busy = frame_address;
	return t->nested;
}

/* What a new state needs: see new_thread. */
static const uint32_t for_new = 1u << SYS_CALL_MAP | 1u << SYS_CALL_ADVISE | 1u << SYS_CALL_MAP_AGAIN;

bool pool_may_begin(void) { return !(sys_forbidden() & for_new); }

void pool_prepare(uint32_t forbidden) {
	enum { SPARES = 8 };
	if (!(forbidden & for_new)) return;
	nodes_prepare();
	struct locked held = lock_take(&pool_lock);
	for (unsigned i = 0; i < SPARES && held.lock; i++) {
		struct thread *t = new_thread();
		if (!t) break;
		t->idle = true;
		t->next_idle = idle_threads;
		idle_threads = t;
	}
	lock_release(held);
}

void pool_forget_all(void) {
	/* Their memory was wiped and stays mapped: as address space it costs nothing. */
	lock_reset(&pool_lock);
	nodes_forget_in_child();
	python_frames_forget_others();
	all_threads = idle_threads = next_orphan = NULL;
	sample_by(NULL);
	process.many_threads = false;
}

void pool_thread_ended(void *state) {
	struct thread *t = state;
	if (process.off || !t->live || thread_current != t) return;
	struct locked held = lock_take(&pool_lock);
	thread_set_current(NULL);
	sample_by(NULL);
	for (; t && held.lock; t = t->nested) {
		t->idle = true;
		t->next_idle = idle_threads;
		idle_threads = t;
	}
	lock_release(held);
}

/* Makes the key whose destructor is called when a thread ends. Another C library that dlmopen
 * has loaded numbers its keys by itself, but has their values in the same place: the
 * destructor of its key of the same number would be handed the tracker's value. So the key
 * is the last one that glibc has room for in every thread, which programs hardly come to,
 * and that number is taken several times: glibc compares how often a number was given out
 * to tell whose a value is. */
static bool make_key(unsigned *key) {
	enum {
		LAST = 31,
		TURNS = 8,
	};
	unsigned held[LAST];
	size_t count = 0, turns = 0;
	if (!&pthread_key_create || !&pthread_key_delete || !&pthread_setspecific) return false;
	bool made;
	while ((made = pthread_key_create(key, pool_thread_ended) == 0)) {
		if (*key < LAST && count < LAST) {
			held[count++] = *key;
		} else {
			if (turns++ == TURNS) break;
			pthread_key_delete(*key);
		}
	}
	while (count) pthread_key_delete(held[--count]);
	return made;
}

void pool_hear_of_ends(void) {
	if (make_key(&end_key)) hear_of_end = set_key;
}
