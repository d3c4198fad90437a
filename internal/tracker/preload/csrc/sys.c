#include "sys.h"

#include "mapped.h"

enum {
	MAP_SHARED_ = 0x01,
	MAP_PRIVATE_ANONYMOUS = 0x22,
	MAP_NORESERVE_ = 0x4000,
	MAP_FIXED_NOREPLACE_ = 0x100000,
	MREMAP_MAYMOVE_ = 1,
	MADV_DONTNEED_ = 4,
	MADV_DONTFORK_ = 10,
	MADV_WIPEONFORK_ = 18,
	AT_FDCWD_ = -100,
	O_RDWR_ = 2,
	O_CLOEXEC_ = 02000000,
	FUTEX_WAIT_ = 0,
	FUTEX_WAKE_ = 1,
	PR_SET_MM_ = 35,
	PR_SET_MM_MAP_ = 14,
	SIG_SETMASK_ = 2,
	SIG_NO_SUCH_HOW = -1,
	CLONE_FILES_ = 0x400,
	CLONE_PARENT_ = 0x8000,
	CLONE_PARENT_SETTID_ = 0x100000,
	CLONE_UNTRACED_ = 0x800000,
	CLOSE_RANGE_UNSHARE_ = 2,
	WNOHANG_ = 1,
	WCLONE_ = (int)0x80000000,
	COPY_FLAGS = CLONE_FILES_ | CLONE_PARENT_SETTID_ | CLONE_UNTRACED_,
};

struct kernel_timespec {
	int64_t seconds;
	int64_t nanoseconds;
};

const struct sys_example sys_calls[SYS_CALLS] = {
	[SYS_CALL_MAP] = {NR_mmap, {0, 4096, SYS_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE_, -1, 0}},
	[SYS_CALL_MAP_SHARED] = {NR_mmap, {0, 4096, SYS_READ_WRITE, MAP_SHARED_, 3, 0}},
	[SYS_CALL_MAP_AGAIN] = {NR_mremap, {0, 0, 4096, MREMAP_MAYMOVE_, 0, 0}},
	[SYS_CALL_BREAK] = {NR_brk, {0}},
	[SYS_CALL_SET_MEMORY] = {NR_prctl, {PR_SET_MM_, PR_SET_MM_MAP_, 0, sizeof(struct sys_memory)}},
	[SYS_CALL_PROTECT] = {NR_mprotect, {0, 4096, SYS_READ_WRITE_EXECUTE}},
	[SYS_CALL_UNMAP] = {NR_munmap, {0, 4096}},
	[SYS_CALL_ADVISE] = {NR_madvise, {0, 4096, MADV_WIPEONFORK_}},
	[SYS_CALL_OPEN] = {NR_openat, {AT_FDCWD_, 0, O_CLOEXEC_}},
	[SYS_CALL_READ] = {NR_read, {3, 0, 512}},
	[SYS_CALL_CLOSE] = {NR_close, {3}},
	[SYS_CALL_READLINK] = {NR_readlinkat, {AT_FDCWD_, 0, 0, 16}},
	[SYS_CALL_STAT] = {NR_newfstatat, {AT_FDCWD_, 0, 0, 0}},
	[SYS_CALL_GETCWD] = {NR_getcwd, {0, 4096}},
	[SYS_CALL_GETPID] = {NR_getpid, {0}},
	[SYS_CALL_GETPPID] = {NR_getppid, {0}},
	[SYS_CALL_GETTID] = {NR_gettid, {0}},
	[SYS_CALL_KILL] = {NR_kill, {1, 0}},
	[SYS_CALL_TGKILL] = {NR_tgkill, {1, 1, 0}},
	[SYS_CALL_YIELD] = {NR_sched_yield, {0}},
	[SYS_CALL_WAIT] = {NR_futex, {0, FUTEX_WAIT_}},
	[SYS_CALL_WAKE] = {NR_futex, {0, FUTEX_WAKE_, 1}},
	[SYS_CALL_SIGNALS] = {NR_rt_sigprocmask, {SIG_SETMASK_, 0, 0, 8}},
	[SYS_CALL_READABLE] = {NR_rt_sigprocmask, {SIG_NO_SUCH_HOW, 0, 0, 8}},
	[SYS_CALL_CLONE] = {NR_clone, {COPY_FLAGS | CLONE_PARENT_, 0}},
	[SYS_CALL_CLOSE_ALL] = {NR_close_range, {0, ~0u, CLOSE_RANGE_UNSHARE_}},
	[SYS_CALL_SESSION] = {NR_setsid, {0}},
	[SYS_CALL_REAP] = {NR_wait4, {0, 0, WCLONE_ | WNOHANG_, 0}},
	[SYS_CALL_END] = {NR_exit_group, {0}},
};
_Static_assert(SYS_CALLS < 32, "a bit for each");

static uint32_t forbidden;

void sys_forbid(uint32_t calls) { store_release(&forbidden, calls); }

uint32_t sys_forbidden(void) { return load_relaxed(&forbidden); }

bool sys_may(enum sys_call c) { return likely((load_relaxed(&forbidden) >> c & 1) == 0); }

static long call(enum sys_call c, long a, long b, long d, long e, long f, long g) {
	return sys_may(c) ? arch_syscall(sys_calls[c].nr, a, b, d, e, f, g) : -SYS_EPERM;
}

/* The start of struct stat is the same on both machines. */
struct kernel_stat {
	uint64_t device, inode;
	uint64_t rest[16];
};

static bool failed(long ret) { return (unsigned long)ret >= (unsigned long)-4095L; }

/* Makes a call that maps so many bytes. Returns where, or NULL. */
#define MAP(bytes, c, ...) \
	__extension__({ \
		__auto_type entry = mapped_begin(); \
		long ret = entry ? call(c, __VA_ARGS__) : -1; \
		void *at = failed(ret) ? NULL : (void *)ret; \
		if (entry) mapped_end(entry, at, bytes); \
		at; \
	})

void *sys_map(size_t bytes) { return MAP(bytes, SYS_CALL_MAP, 0, (long)bytes, SYS_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE_, -1, 0); }

bool sys_map_at(uintptr_t at, size_t bytes) {
	void *p = MAP(bytes, SYS_CALL_MAP, (long)at, (long)bytes, SYS_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0);
	if ((uintptr_t)p == at) return true;
	if (p) sys_unmap(p, bytes); /* Linux before 4.17 takes the address for a hint */
	return false;
}

int sys_protect(uintptr_t at, size_t bytes, int protection) {
	return (int)call(SYS_CALL_PROTECT, (long)at, (long)bytes, protection, 0, 0, 0);
}

void *sys_map_shared(int fd, uint64_t offset, size_t bytes) {
	return MAP(bytes, SYS_CALL_MAP_SHARED, 0, (long)bytes, SYS_READ_WRITE, MAP_SHARED_, fd, (long)offset);
}

void *sys_map_again(void *old, size_t bytes) {
	/* mremap of a shared mapping with an old size of zero leaves the old
	 * mapping and makes another one of the same pages (mremap(2)). So a
	 * new thread's ring needs no descriptor, which the program might close,
	 * no path and no /proc. */
	return MAP(bytes, SYS_CALL_MAP_AGAIN, (long)old, 0, (long)bytes, MREMAP_MAYMOVE_, 0, 0);
}

void sys_unmap(void *p, size_t bytes) {
	mapped_forget(p, bytes);
	call(SYS_CALL_UNMAP, (long)p, (long)bytes, 0, 0, 0, 0);
}

uintptr_t sys_break(void) { return (uintptr_t)call(SYS_CALL_BREAK, 0, 0, 0, 0, 0, 0); }

bool sys_set_memory(const struct sys_memory *m) {
	return call(SYS_CALL_SET_MEMORY, PR_SET_MM_, PR_SET_MM_MAP_, (long)m, sizeof *m, 0, 0) == 0;
}

int sys_wipe_on_fork(void *p, size_t bytes) {
	return (int)call(SYS_CALL_ADVISE, (long)p, (long)bytes, MADV_WIPEONFORK_, 0, 0, 0);
}

int sys_keep_from_children(void *p, size_t bytes) {
	return (int)call(SYS_CALL_ADVISE, (long)p, (long)bytes, MADV_DONTFORK_, 0, 0, 0);
}

void sys_discard(void *p, size_t bytes) {
	uintptr_t from = ((uintptr_t)p + SYS_LARGEST_PAGE - 1) & ~(uintptr_t)(SYS_LARGEST_PAGE - 1), to = ((uintptr_t)p + bytes) & ~(uintptr_t)(SYS_LARGEST_PAGE - 1);
	if (from < to) call(SYS_CALL_ADVISE, (long)from, (long)(to - from), MADV_DONTNEED_, 0, 0, 0);
}

int sys_open(const char *path, bool writable) {
	return (int)call(SYS_CALL_OPEN, AT_FDCWD_, (long)path, (writable ? O_RDWR_ : 0) | O_CLOEXEC_, 0, 0, 0);
}

long sys_read(int fd, void *buf, size_t bytes) { return call(SYS_CALL_READ, fd, (long)buf, (long)bytes, 0, 0, 0); }

void sys_close(int fd) { call(SYS_CALL_CLOSE, fd, 0, 0, 0, 0, 0); }

long sys_readlink(const char *path, char *buf, size_t bytes) {
	return call(SYS_CALL_READLINK, AT_FDCWD_, (long)path, (long)buf, (long)bytes, 0, 0);
}

long sys_getcwd(char *buf, size_t bytes) { return call(SYS_CALL_GETCWD, (long)buf, (long)bytes, 0, 0, 0, 0); }

bool sys_same_file(const char *a, const char *b) {
	struct kernel_stat x, y;
	return call(SYS_CALL_STAT, AT_FDCWD_, (long)a, (long)&x, 0, 0, 0) == 0 &&
		call(SYS_CALL_STAT, AT_FDCWD_, (long)b, (long)&y, 0, 0, 0) == 0 && x.device == y.device && x.inode == y.inode;
}

int sys_getpid(void) { return (int)call(SYS_CALL_GETPID, 0, 0, 0, 0, 0, 0); }

int sys_getppid(void) { return (int)call(SYS_CALL_GETPPID, 0, 0, 0, 0, 0, 0); }

int sys_gettid(void) { return (int)call(SYS_CALL_GETTID, 0, 0, 0, 0, 0, 0); }

bool sys_process_exists(int pid) { return call(SYS_CALL_KILL, pid, 0, 0, 0, 0, 0) != -SYS_ESRCH; }

bool sys_thread_exists(int pid, int tid) { return call(SYS_CALL_TGKILL, pid, tid, 0, 0, 0, 0) != -SYS_ESRCH; }

void sys_yield(void) { call(SYS_CALL_YIELD, 0, 0, 0, 0, 0, 0); }

void sys_futex_wait(uint32_t *word, uint32_t seen, unsigned ms) {
	struct kernel_timespec limit = {.seconds = ms / 1000, .nanoseconds = (int64_t)(ms % 1000) * 1000000};
	long failed = call(SYS_CALL_WAIT, (long)word, FUTEX_WAIT_, (long)seen, (long)&limit, 0, 0);
	if (failed != -SYS_EPERM) return;
	/* Waiting is forbidden: some microseconds at a time, then. */
	for (unsigned i = 0; i < 100 && load_relaxed(word) == seen; i++) arch_pause();
	sys_yield();
}

void sys_futex_wake(uint32_t *word) { call(SYS_CALL_WAKE, (long)word, FUTEX_WAKE_, 1, 0, 0, 0); }

bool sys_block_signals(uint64_t *old) {
	uint64_t all = ~0ull;
	return call(SYS_CALL_SIGNALS, SIG_SETMASK_, (long)&all, (long)old, sizeof all, 0, 0) == 0;
}

void sys_restore_signals(uint64_t old) {
	arch_syscall(NR_rt_sigprocmask, SIG_SETMASK_, (long)&old, 0, sizeof old, 0, 0);
}

/* The kernel's, which is the same on both machines (asm/signal.h). */
struct kernel_sigaction {
	void (*handler)(int);
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

ARCH_RESTORER(sys_restorer)

void sys_handle_signal(int number, void (*handler)(int)) {
	enum {
		SA_ONSTACK_ = 0x08000000,
		SA_RESTART_ = 0x10000000,
	};
	const struct kernel_sigaction action = {handler, SA_ONSTACK_ | SA_RESTART_ | ARCH_SA_RESTORER, sys_restorer, ~0ull};
	struct kernel_sigaction now;
	if (arch_syscall(NR_rt_sigaction, number, 0, (long)&now, sizeof now.mask, 0, 0) != 0 || now.handler) return;
	arch_syscall(NR_rt_sigaction, number, (long)&action, 0, sizeof action.mask, 0, 0);
}

bool sys_readable(const void *p) {
	/* The kernel copies the set in before it looks at what to do with it:
	 * EFAULT if p cannot be read, else EINVAL for the unknown action. Needs no
	 * descriptor and changes nothing. */
	return call(SYS_CALL_READABLE, SIG_NO_SUCH_HOW, (long)p, 0, sizeof(uint64_t), 0, 0) == -SYS_EINVAL;
}

unsigned sys_threads(void) {
	struct kernel_stat s;
	if (call(SYS_CALL_STAT, AT_FDCWD_, (long)"/proc/self/task", (long)&s, 0, 0, 0) != 0) return 0;
	/* A directory has a link for itself, its entry above, and each directory in it. */
	uint64_t links = arch_stat_links(s.rest[0]);
	return links > 2 ? (unsigned)links - 2 : 0;
}

long sys_clone(bool sibling, uint32_t *pid) { return call(SYS_CALL_CLONE, COPY_FLAGS | (sibling ? CLONE_PARENT_ : 0), 0, (long)pid, 0, 0, 0); }

/* None is closed, which has effects of its own on some: the new table has none of them. */
long sys_part(void) {
	long failed = call(SYS_CALL_CLOSE_ALL, 0, ~0u, CLOSE_RANGE_UNSHARE_, 0, 0, 0);
	if (failed) return failed;
	call(SYS_CALL_SESSION, 0, 0, 0, 0, 0, 0);
	return 0;
}

bool sys_reap(int pid) { return call(SYS_CALL_REAP, pid, 0, WCLONE_ | WNOHANG_, 0, 0, 0) != 0; }

void sys_end(void) {
	for (;;) arch_syscall(NR_exit_group, 0, 0, 0, 0, 0, 0);
}

void sys_be_killed(void) {
	enum { KILL = 9 };
	call(SYS_CALL_KILL, sys_getpid(), KILL, 0, 0, 0, 0);
	/* The first process of a pid namespace cannot kill itself, and a filter may forbid it. */
	for (;;) arch_syscall(NR_exit_group, 128 + KILL, 0, 0, 0, 0, 0);
}
