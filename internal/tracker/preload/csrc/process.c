#include "process.h"

#include "front_filter.h"
#include "front_injected.h"
#include "layers.h"
#include "module.h"
#include "front_operators.h"
#include "front_patched.h"
#include "plan.h"
#include "resolve.h"
#include "ring.h"
#include "sys.h"
#include "thread.h"

struct process process;

/* 0: not begun; a thread's id: that thread is at it; DONE. */
static uint32_t start_state;
enum { START_DONE = ~0u };

static void find_real(void) {
	struct real *r = &process.real;
	const struct wanted names[] = {
		{"malloc", (void **)&r->malloc},
		{"calloc", (void **)&r->calloc},
		{"realloc", (void **)&r->realloc},
		{"reallocarray", (void **)&r->reallocarray},
		{"free", (void **)&r->free},
		{"posix_memalign", (void **)&r->posix_memalign},
		{"aligned_alloc", (void **)&r->aligned_alloc},
		{"memalign", (void **)&r->memalign},
		{"valloc", (void **)&r->valloc},
		{"pvalloc", (void **)&r->pvalloc},
		{"free_sized", (void **)&r->free_sized},
		{"free_aligned_sized", (void **)&r->free_aligned_sized},
		{"malloc_usable_size", (void **)&r->malloc_usable_size},
		{"dlclose", (void **)&r->dlclose},
		/* The loader's own: a program may interpose a caching one. */
		{"dl_iterate_phdr", (void **)&r->dl_iterate_phdr},
	};
	resolve(names, COUNT_OF(names), NULL);
	layers_find();
	front_operators_find();
	if (!r->dl_iterate_phdr) r->dl_iterate_phdr = dl_iterate_phdr;
}

/* Copies the value of WIRE_ENV out of the environment; "" where there is none. */
static void find_recorder(char *value, size_t size) {
	static const char name[] = WIRE_ENV "=";
	value[0] = 0;
	if (&environ && environ) {
		for (char **e = environ; *e; e++) {
			size_t i = 0;
			while (name[i] && (*e)[i] == name[i]) i++;
			if (name[i]) continue;
			size_t n = 0;
			for (const char *from = *e + i; *from && n + 1 < size; from++) value[n++] = *from;
			value[n] = 0;
			return;
		}
		return;
	}
	/* Called before libc has set environ. */
	int fd = sys_open("/proc/self/environ", false);
	if (fd < 0) return;
	char chunk[512];
	size_t matched = 0, n = 0;
	bool skip = false, in_value = false;
	for (long got; (got = sys_read(fd, chunk, sizeof chunk)) > 0;) {
		for (long i = 0; i < got; i++) {
			char c = chunk[i];
			if (c == 0) {
				if (in_value) goto found;
				matched = 0;
				skip = false;
			} else if (in_value) {
				if (n + 1 < size) value[n++] = c;
			} else if (!skip) {
				if (c != name[matched]) skip = true;
				else if (name[++matched] == 0) in_value = true;
			}
		}
	}
found:
	value[n] = 0;
	sys_close(fd);
}

/* "pid:descriptor" to "/proc/pid/fd/descriptor". */
static bool recorder_path(const char *value, char *path, size_t size) {
	size_t n = 0;
	bool colon = false;
	for (const char *s = "/proc/"; *s; s++) path[n++] = *s;
	for (; *value; value++) {
		if (n + 8 > size) return false;
		if (*value >= '0' && *value <= '9') {
			path[n++] = *value;
		} else if (*value == ':' && !colon) {
			colon = true;
			for (const char *s = "/fd/"; *s; s++) path[n++] = *s;
		} else {
			return false;
		}
	}
	path[n] = 0;
	return colon;
}

static char memory_path[96];

static void *map_file(const char *path, uint64_t offset, size_t bytes) {
	int fd = sys_open(path, true);
	if (fd < 0) return NULL;
	void *p = sys_map_shared(fd, offset, bytes);
	sys_close(fd);
	return p;
}

void *process_map(uint64_t offset, size_t bytes) { return map_file(memory_path, offset, bytes); }

void *process_map_again(uint64_t offset, size_t bytes) {
	char *all = sys_map_again(process.control, offset + bytes);
	if (!all) return process_map(offset, bytes);
	if (offset) sys_unmap(all, offset);
	return all + offset;
}

/* Maps what says that this process lives, and its forked children after it: see
 * wire_control.life. If it cannot be had, they may be taken to have ended where the
 * recorder has nothing else to tell them by. */
static void show_life(const struct wire_control *c) {
	char path[sizeof memory_path + 16];
	size_t n = text_length(memory_path);
	memcpy(path, memory_path, n);
	while (path[n - 1] != '/') n--;
	char digits[10];
	size_t count = 0;
	for (uint32_t fd = c->life; count == 0 || fd; fd /= 10) digits[count++] = (char)('0' + fd % 10);
	while (count) path[n++] = digits[--count];
	path[n] = 0;
	map_file(path, 0, 1);
}

static struct wire_control *map_control(void) {
	char value[64];
	find_recorder(value, sizeof value);
	if (!recorder_path(value, memory_path, sizeof memory_path)) return NULL;
	struct wire_control *c = process_map(0, WIRE_PAGE);
	if (!c) return NULL;
	if (c->magic == WIRE_MAGIC && c->version == WIRE_VERSION && load_acquire(&c->recorder) == WIRE_RECORDER_ON) return c;
	sys_unmap(c, WIRE_PAGE);
	return NULL;
}

/* This process's id as the recorder has it. In a pid namespace of its own a
 * process knows another one; but the /proc through which the recorder was found
 * is of the recorder's namespace, and says what we are called there. A forked child
 * may have another /proc. */
static uint32_t pid_outside(void) {
	char name[16];
	long n = sys_readlink("/proc/self", name, sizeof name);
	uint32_t pid = 0;
	for (long i = 0; i < n; i++) pid = pid * 10 + (uint32_t)(name[i] - '0');
	return pid ? pid : (uint32_t)sys_getpid();
}

void process_count_unprofiled(struct wire_control *c) {
	uint32_t pid = pid_outside();
	uint32_t *last = &c->counted[pid % WIRE_MAX_COUNTED];
	if (__atomic_exchange_n(last, pid, __ATOMIC_RELAXED) != pid) add_relaxed(&c->unprofiled, 1);
}

static bool is_wanted(struct wire_control *c, uint32_t pid) {
	uint32_t root = 0;
	if (__atomic_compare_exchange_n(&c->root_pid, &root, pid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return true;
	return root == pid || (c->flags & WIRE_CHILDREN);
}

/* Returns whether the process has its badge. */
static bool put_on_badge(uint32_t index) {
	size_t bytes = WIRE_BADGE_BYTES(index);
	void *badge = process_map_again(WIRE_BADGE_AT(index), bytes);
	return badge && sys_protect((uintptr_t)badge, bytes, SYS_NO_ACCESS) == 0 && sys_keep_from_children(badge, bytes) == 0;
}

/* Maps the part of the process table in which a place is, and no more: the program may
 * have little address space. A forked child has its parent's until then. */
static struct wire_process *map_slot(uint32_t index) {
	uint32_t at = index * (uint32_t)sizeof(struct wire_process), in_page = at % WIRE_PAGE;
	char *page = process_map_again(WIRE_PROCESSES_AT + at - in_page, WIRE_PAGE);
	if (!page) return NULL;
	if (process.slot_page) sys_unmap(process.slot_page, WIRE_PAGE);
	process.slot_page = page;
	return (struct wire_process *)(page + in_page);
}

/* Takes a place in the process table. A process without one is not recorded. */
static bool claim_slot(uint32_t pid, uint32_t parent, uint32_t fork, bool wants_plan) {
	struct wire_control *c = process.control;
	uint32_t index = add_relaxed(&c->processes, 1);
	struct wire_process *slot = index < WIRE_MAX_PROCESSES ? map_slot(index) : NULL;
	uint32_t nobody = 0;
	/* The program may have written over the count. */
	if (!slot ||
	    !__atomic_compare_exchange_n(&slot->state, &nobody, WIRE_PROCESS_CLAIMED, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		process_count_unprofiled(c);
		return false;
	}
	process.slot = slot;
	process.index = index;
	process.slot->pid = pid;
	process.slot->elsewhere = process.elsewhere;
	process.slot->own_pid = (uint32_t)process.pid;
	process.slot->badge = put_on_badge(index);
	process.slot->start = arch_stamp_after();
	process.slot->parent = parent;
	process.slot->fork = fork;
	process.slot->plan = wants_plan ? WIRE_PLAN_WANTED : 0;
	process.slot->plan_to = ~0ull;
	store_release(&process.slot->state, WIRE_PROCESS_READY);
	return true;
}

/* Where nobody can tell by its number which process this is, the recorder must see it while
 * it lives, or the profile cannot be named after it. */
static void wait_to_be_seen(void) {
	enum { TRIES = 4, WAIT_MS = 25 };
	for (int i = 0; i < TRIES && load_acquire(&process.slot->state) == WIRE_PROCESS_READY; i++) {
		ring_doorbell();
		sys_futex_wait(&process.slot->state, WIRE_PROCESS_READY, WAIT_MS);
	}
}

uint32_t fork_announce(uintptr_t frame_address) {
	if (process.off || !(process.control->flags & WIRE_CHILDREN)) return 0;
	struct thread *t = thread_enter(frame_address);
	if (!t) return 0;
	uint32_t number = add_relaxed(&process.control->forks, 1) + 1;
	t->stamp = arch_stamp_after();
	ring_write2(t, wire_fork(t->stamp, number));
	thread_leave(t);
	return number;
}

static uint32_t announced_fork; /* number of the fork that is under way; glibc lets one be at a time */

static void before_fork(void) { announced_fork = fork_announce((uintptr_t)__builtin_frame_address(0)); }

static void after_fork_in_parent(void) { announced_fork = 0; }

/* The fork's child begins a recording of its own. */
static void rejoin(uint32_t fork) {
	uint32_t parent = process.index + 1, deepest = process.slot->deepest;
	/* In the parent's pid namespace it is the child of whom the parent takes itself for,
	 * unless the parent has ended. */
	if (sys_getppid() != process.pid) process.elsewhere = true;
	process.pid = sys_getpid();
	process.loader_held = process.loader_held || process.many;
	pool_forget_all();
	module_unlock_in_child();
	if (process.pid < 0 || !pool_may_begin()) {
		process_count_unprofiled(process.control);
		process_stop();
		return;
	}
	*process.alive = 1;
	if (!claim_slot(0, parent, fork, false)) {
		process_stop();
		return;
	}
	process.slot->deepest = deepest; /* of what it begins with */
	if (process.elsewhere) wait_to_be_seen();
}

static void after_fork_in_child(void) {
	uint32_t fork = announced_fork;
	announced_fork = 0;
	if (!process.off && fork) rejoin(fork);
}

static void hear_of_forks(void) {
	if (&__register_atfork) __register_atfork(before_fork, after_fork_in_parent, after_fork_in_child, NULL);
	else if (&pthread_atfork) pthread_atfork(before_fork, after_fork_in_parent, after_fork_in_child);
}

/* A wrapped function of ours is the outermost layer: it need not go through a patched one. */
static void call_originals(void) {
	void **real = (void **)&process.real;
	for (size_t i = 0; i < sizeof process.real / sizeof *real; i++) real[i] = plan_original(real[i]);
	front_operators_call_originals();
}

/* Makes the key by which threads' ends are heard of. What another C library, which
 * dlmopen has loaded, calls its key of the same number has its value in the same place,
 * and its destructor would be handed ours. So it is the last that glibc has room for in
 * every thread, which hardly anybody comes to, and not the first of that number: glibc
 * tells by how often a number was given out whose a value is. */
static bool make_key(void) {
	enum { LAST = 31, TURNS = 8 };
	unsigned held[LAST];
	size_t count = 0, turns = 0;
	if (!&pthread_key_create || !&pthread_key_delete || !&pthread_setspecific) return false;
	bool made;
	while ((made = pthread_key_create(&process.key, pool_thread_ended) == 0)) {
		if (process.key < LAST && count < LAST) {
			held[count++] = process.key;
		} else {
			if (turns++ == TURNS) break;
			pthread_key_delete(process.key);
		}
	}
	while (count) pthread_key_delete(held[--count]);
	return made;
}

static bool join(void) {
	struct wire_control *c = map_control();
	if (!c) return false;
	uint32_t pid = pid_outside();
	process.pid = sys_getpid();
	process.elsewhere = pid != (uint32_t)process.pid;
	process.depth = c->depth < WIRE_MAX_DEPTH ? c->depth : WIRE_MAX_DEPTH;
	process.control = c;
	process.alive = sys_map(WIRE_PAGE);
	/* Without the last (Linux before 4.14) a forked child would write into its
	 * parent's rings. */
	if (!is_wanted(c, pid) || !process.alive || sys_wipe_on_fork(process.alive, WIRE_PAGE) != 0) {
		process_count_unprofiled(c);
		return false;
	}
	*process.alive = 1;
	show_life(c);
	bool patch = c->flags & WIRE_PATCH;
	if (!claim_slot(pid, 0, 0, patch)) return false;
	if (patch) front_patched_start();
	process.unhooked = plan_original((void *)process.real.malloc) == (void *)process.real.malloc;
	if (patch) call_originals();
	process.has_key = make_key();
	if (c->flags & WIRE_CHILDREN) hear_of_forks();
	return true;
}

bool core_start(void) {
	if (likely(load_acquire(&start_state) == START_DONE)) return true;
	uint32_t me = (uint32_t)sys_gettid(), expected = 0;
	if (!__atomic_compare_exchange_n(&start_state, &expected, me, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		if (expected == me) return false;
		while (load_acquire(&start_state) != START_DONE) sys_yield();
		return true;
	}
	if (!front_injected_is_all()) {
		find_real();
		front_filter_find();
	}
	process.off = !join();
	store_release(&start_state, START_DONE);
	return true;
}

void core_make_ready(void) {
	struct thread *t = thread_enter((uintptr_t)__builtin_frame_address(0));
	if (!t) return;
	module_refresh(t);
	thread_leave(t);
}

__attribute__((constructor)) static void start_before_main(void) { core_make_ready(); }

/* What allocates past us only may have gone unnoticed. */
__attribute__((destructor)) static void end_after_main(void) {
	if (!process.unhooked) return;
	struct thread *t = thread_enter((uintptr_t)__builtin_frame_address(0));
	if (!t) return;
	module_refresh_references(t);
	thread_leave(t);
}

void process_notice_fork_of(uint32_t announced) {
	if (process.off || likely(load_relaxed(process.alive) != 0)) return;
	if (process.control->flags & WIRE_CHILDREN) {
		rejoin(announced);
		return;
	}
	process_count_unprofiled(process.control);
	process_stop();
}

void process_notice_fork(void) { process_notice_fork_of(0); }

void process_stop(void) { store_relaxed(&process.off, true); }

void process_count_lost(void) { add_relaxed(&process.slot->lost, 1); }
