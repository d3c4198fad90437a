/* For a debug build of the tracker, which build.sh --check-stacks makes and which
 * is never shipped: each stack that the unwinder finds is compared with the one
 * that libgcc's _Unwind_Backtrace finds at the same moment.
 *
 * The linker puts this file between the hooks and the unwinder (--wrap=unwind).
 * What is compared is what the recorder will get: the stack is read back from
 * the NODE events that the unwinder wrote into the ring.
 *
 * The environment names a file (HEAPPROF_CHECK_STACKS) whose start holds the
 * counts below, in a shared mapping, so that they outlive any end of the
 * program. Stacks that differ are written as text to that name with ".wrong". */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <time.h>
#include <unistd.h>
#include <unwind.h>

#include "../csrc/lock.h"
#include "../csrc/process.h"
#include "../csrc/ring.h"
#include "../csrc/thread.h"
#include "wire_read.h"

#define CHECK_ENV "HEAPPROF_CHECK_STACKS"

enum {
	NUMBERS = 1 << 22,
	ROOTS = WIRE_ROOT_FULL + 1,
	WRITTEN = 100,
	/* stacks in the text file */
};

/* unwind_check_linux_test.go reads these. */
struct counts {
	uint64_t compared;
	uint64_t equal;
	/* Ours ends early, for the reason of its root, and has the same frames up to there. */
	uint64_t shorter[ROOTS];
	/* libgcc ends with a frame without unwind information, where ours goes on. */
	uint64_t beyond;
	uint64_t wrong;
	/* Not compared: within a comparison, as by a signal handler, or where one was left by a longjmp. */
	uint64_t skipped;
};

/* A stack: a frame, and the stack of its callers. */
struct path {
	const struct path *callers;
	uintptr_t pc; /* 0: a root */
	uint32_t root;
};

/* What the numbers of a process's stacks mean to the recorder. */
struct meanings {
	struct meanings *next;
	int pid;
	const struct path *of[NUMBERS];
};

/* What is noted of a thread. */
struct shadow {
	struct shadow *next;
	const struct thread *of;
	int pid;
	bool busy, broken;
	uint64_t from; /* the event at which the unwinding under way began */
	struct path *chunk;
	size_t chunk_left;
	struct meanings *meanings;
	uintptr_t ours[2048], theirs[2048];
};

uint32_t __real_unwind(struct thread *t, uintptr_t frame_address);
uint32_t __wrap_unwind(struct thread *t, uintptr_t frame_address);

static struct counts *counts;
static struct shadow *shadows;
static struct meanings *meanings;
static struct lock shadows_lock;
static uint64_t written;
/* The frame of the hook whose stack is being compared, or 0. */
static __thread uintptr_t comparing __attribute__((tls_model("initial-exec")));

static const struct path roots[ROOTS] = {
	{.root = WIRE_ROOT},
	{.root = WIRE_ROOT_TRUNCATED},
	{.root = WIRE_ROOT_NO_CFI},
	{.root = WIRE_ROOT_UNSUPPORTED},
	{.root = WIRE_ROOT_OUT_OF_STACK},
	{.root = WIRE_ROOT_FULL},
};

static void open_counts(void) {
	static bool tried;
	if (tried) return;
	tried = true;
	const char *name = getenv(CHECK_ENV);
	int fd = name ? open(name, O_RDWR | O_CREAT | O_CLOEXEC, 0666) : -1;
	if (fd < 0) return;
	if (ftruncate(fd, WIRE_PAGE) == 0) {
		void *p = mmap(NULL, WIRE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
		if (p != MAP_FAILED) counts = p;
	}
	close(fd);
}

/* Returns those of this process: a forked child's call tree begins anew. The lock is held. */
static struct meanings *meanings_now(void) {
	struct meanings *m = meanings;
	while (m && m->pid != process.pid) m = m->next;
	if (m || !(m = sys_map(sizeof *m))) return m;
	m->pid = process.pid;
	for (unsigned i = 0; i < ROOTS; i++) m->of[i] = &roots[i];
	m->next = meanings;
	return meanings = m;
}

static struct shadow *shadow_of(const struct thread *t) {
	struct shadow *s = load_acquire(&shadows);
	while (s && (s->of != t || s->pid != process.pid)) s = s->next;
	if (s) return s;
	s = sys_map(sizeof *s);
	if (!s) return NULL;
	s->of = t;
	s->pid = process.pid;
	struct locked held = lock_take(&shadows_lock);
	open_counts();
	if (!(s->meanings = meanings_now())) s->broken = true;
	s->next = shadows;
	store_release(&shadows, s);
	lock_release(held);
	return s;
}

static const struct path *path_new(struct shadow *s, const struct path *callers, uintptr_t pc) {
	enum { CHUNK = 4096 };
	if (!s->chunk_left) {
		s->chunk = sys_map(CHUNK * sizeof *s->chunk);
		if (!s->chunk) return NULL;
		s->chunk_left = CHUNK;
	}
	struct path *p = &s->chunk[--s->chunk_left];
	*p = (struct path){callers, pc, 0};
	return p;
}

/* Returns what a number means; NULL if nobody tells within some seconds. Another thread may have
 * written the event, and be about to note it here: on a busy machine it may wait for a processor
 * that yielding does not give to it. */
static const struct path *meaning_of(const struct shadow *s, uint32_t number) {
	enum { YIELDS = 1000,
		SLEEPS = 5000 };
	const struct timespec a_millisecond = {.tv_nsec = 1000000};
	if (number >= NUMBERS) return NULL;
	const struct path *p = NULL;
	for (unsigned tries = 0; tries < YIELDS + SLEEPS && !(p = load_acquire(&s->meanings->of[number])); tries++) {
		if (tries < YIELDS) sys_yield();
		else nanosleep(&a_millisecond, NULL);
	}
	return p;
}

/* Takes in the events from s->from on, as the recorder will. False where it cannot. */
static bool replay(struct shadow *s, const struct thread *t) {
	if (!s->meanings || t->head - s->from > WIRE_RING_WORDS) return false;
	for (uint64_t at = s->from; at < t->head;) {
		uint64_t w0 = t->words[at & RING_MASK], w1 = t->words[(at + 1) & RING_MASK];
		if (read_kind(w0) == WIRE_KIND_NODE) {
			struct read_node n = read_node(w0, w1);
			const struct path *callers = meaning_of(s, n.parent);
			if (!callers || n.stack >= NUMBERS) return false;
			store_release(&s->meanings->of[n.stack], path_new(s, callers, n.pc));
		}
		unsigned words = read_words(w0);
		if (words == 0) return false;
		at += words;
	}
	return true;
}

struct backtrace {
	uintptr_t begin; /* the stack pointer of the first frame that counts */
	bool begun;
	uint32_t count, limit;
	uintptr_t *pcs;
};

static _Unwind_Reason_Code note_frame(struct _Unwind_Context *context, void *data) {
	struct backtrace *b = data;
	int interrupted = 0;
	uintptr_t pc = _Unwind_GetIPInfo(context, &interrupted);
	if (_Unwind_GetCFA(context) == b->begin) b->begun = true;
	if (!b->begun) return _URC_NO_REASON;  /* ours, and the hook's */
	if (pc == 0) return _URC_END_OF_STACK; /* behind the outermost frame */
	b->pcs[b->count++] = interrupted ? pc : pc - 1;
	return b->count < b->limit ? _URC_NO_REASON : _URC_END_OF_STACK;
}

static void write_stack(int fd, const char *whose, const uintptr_t *pcs, uint32_t count) {
	dprintf(fd, "%s", whose);
	for (uint32_t i = 0; i < count; i++) dprintf(fd, " %#lx", (unsigned long)pcs[i]);
	dprintf(fd, "\n");
}

static void write_wrong(const struct shadow *s, uint32_t n, uint32_t root, uint32_t m) {
	char name[4096];
	if (__atomic_fetch_add(&written, 1, __ATOMIC_RELAXED) >= WRITTEN) return;
	snprintf(name, sizeof name, "%s.wrong", getenv(CHECK_ENV));
	int fd = open(name, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0666);
	if (fd < 0) return;
	dprintf(fd, "root %u\n", root);
	write_stack(fd, "ours  ", s->ours, n);
	write_stack(fd, "libgcc", s->theirs, m);
	close(fd);
}

static void compare(struct shadow *s, const struct thread *t, uint32_t stack, uintptr_t frame_address) {
	uint32_t n = 0;
	const struct path *p = meaning_of(s, stack);
	if (!p) {
		add_relaxed(&counts->skipped, 1);
		return;
	}
	for (; p && p->pc && n < COUNT_OF(s->ours); p = p->callers) s->ours[n++] = p->pc;
	uint32_t root = p ? p->root : ROOTS;

	/* One more than ours may have: to see that there is more. */
	struct backtrace b = {.begin = arch_caller_sp(frame_address), .limit = t->depth + 1, .pcs = s->theirs};
	_Unwind_Backtrace(note_frame, &b);

	uint32_t same = 0;
	while (same < n && same < b.count && s->ours[same] == s->theirs[same]) same++;
	uint64_t *verdict = &counts->wrong;
	struct dwarf_eh_bases {
		void *text, *data, *function;
	} bases;
	extern const void *_Unwind_Find_FDE(void *, struct dwarf_eh_bases *);
	if (same == n && same == b.count) verdict = &counts->equal;
	else if (same == n && root != WIRE_ROOT && root < ROOTS) verdict = &counts->shorter[root];
	else if (same > 0 && same == b.count && !_Unwind_Find_FDE((void *)s->theirs[same - 1], &bases)) verdict = &counts->beyond;
	else write_wrong(s, n, root, b.count);
	add_relaxed(verdict, 1);
	add_relaxed(&counts->compared, 1);
}

uint32_t __wrap_unwind(struct thread *t, uintptr_t frame_address) {
	struct shadow *s = shadow_of(t);
	if (!s) return __real_unwind(t, frame_address);
	/* A handler that interrupted us here may have left us by siglongjmp. */
	if (s->busy && !replay(s, t)) s->broken = true;
	s->from = t->head;
	s->busy = true;
	uint32_t stack = __real_unwind(t, frame_address);
	if (!replay(s, t)) s->broken = true;
	s->busy = false;
	if (!counts) return stack;
	/* A hook further up the stack than the one being compared: that was left, too. */
	if (s->broken || (comparing && frame_address < comparing)) {
		add_relaxed(&counts->skipped, 1);
		return stack;
	}
	int error = errno;
	comparing = frame_address;
	compare(s, t, stack, frame_address);
	comparing = 0;
	errno = error;
	return stack;
}
