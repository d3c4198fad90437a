#include "sys.h"

enum {
	PROT_READ_WRITE = 3,
	MAP_SHARED_ = 0x01,
	MAP_PRIVATE_ANONYMOUS = 0x22,
	MAP_NORESERVE_ = 0x4000,
	MAP_FIXED_NOREPLACE_ = 0x100000,
	MREMAP_MAYMOVE_ = 1,
	MADV_DONTFORK_ = 10,
	MADV_WIPEONFORK_ = 18,
	AT_FDCWD_ = -100,
	O_RDWR_ = 2,
	O_CLOEXEC_ = 02000000,
	FUTEX_WAIT_ = 0,
	FUTEX_WAKE_ = 1,
	SIG_SETMASK_ = 2,
	SIG_NO_SUCH_HOW = -1,
};

struct kernel_timespec {
	int64_t seconds;
	int64_t nanoseconds;
};

static bool failed(long ret) { return (unsigned long)ret >= (unsigned long)-4095L; }

static void *mapped(long ret) { return failed(ret) ? NULL : (void *)ret; }

void *sys_map(size_t bytes) {
	return mapped(arch_syscall(NR_mmap, 0, (long)bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_NORESERVE_, -1, 0));
}

bool sys_map_at(uintptr_t at, size_t bytes) {
	void *p = mapped(arch_syscall(NR_mmap, (long)at, (long)bytes, PROT_READ_WRITE, MAP_PRIVATE_ANONYMOUS | MAP_FIXED_NOREPLACE_, -1, 0));
	if ((uintptr_t)p == at) return true;
	if (p) sys_unmap(p, bytes); /* Linux before 4.17 takes the address for a hint */
	return false;
}

int sys_protect(uintptr_t at, size_t bytes, int protection) {
	return (int)arch_syscall(NR_mprotect, (long)at, (long)bytes, protection, 0, 0, 0);
}

void *sys_map_shared(int fd, uint64_t offset, size_t bytes) {
	return mapped(arch_syscall(NR_mmap, 0, (long)bytes, PROT_READ_WRITE, MAP_SHARED_, fd, (long)offset));
}

void *sys_map_again(void *old, size_t bytes) {
	/* mremap of a shared mapping with an old size of zero leaves the old
	 * mapping and makes another one of the same pages (mremap(2)). So a
	 * new thread's ring needs no descriptor, which the program might close,
	 * no path and no /proc. */
	return mapped(arch_syscall(NR_mremap, (long)old, 0, (long)bytes, MREMAP_MAYMOVE_, 0, 0));
}

void sys_unmap(void *p, size_t bytes) { arch_syscall(NR_munmap, (long)p, (long)bytes, 0, 0, 0, 0); }

uintptr_t sys_break(void) { return (uintptr_t)arch_syscall(NR_brk, 0, 0, 0, 0, 0, 0); }

int sys_wipe_on_fork(void *p, size_t bytes) {
	return (int)arch_syscall(NR_madvise, (long)p, (long)bytes, MADV_WIPEONFORK_, 0, 0, 0);
}

int sys_keep_from_children(void *p, size_t bytes) {
	return (int)arch_syscall(NR_madvise, (long)p, (long)bytes, MADV_DONTFORK_, 0, 0, 0);
}

int sys_open(const char *path, bool writable) {
	return (int)arch_syscall(NR_openat, AT_FDCWD_, (long)path, (writable ? O_RDWR_ : 0) | O_CLOEXEC_, 0, 0, 0);
}

long sys_read(int fd, void *buf, size_t bytes) { return arch_syscall(NR_read, fd, (long)buf, (long)bytes, 0, 0, 0); }

void sys_close(int fd) { arch_syscall(NR_close, fd, 0, 0, 0, 0, 0); }

long sys_readlink(const char *path, char *buf, size_t bytes) {
	return arch_syscall(NR_readlinkat, AT_FDCWD_, (long)path, (long)buf, (long)bytes, 0, 0);
}

long sys_getcwd(char *buf, size_t bytes) { return arch_syscall(NR_getcwd, (long)buf, (long)bytes, 0, 0, 0, 0); }

int sys_getpid(void) { return (int)arch_syscall(NR_getpid, 0, 0, 0, 0, 0, 0); }

int sys_getppid(void) { return (int)arch_syscall(NR_getppid, 0, 0, 0, 0, 0, 0); }

int sys_gettid(void) { return (int)arch_syscall(NR_gettid, 0, 0, 0, 0, 0, 0); }

bool sys_process_exists(int pid) { return arch_syscall(NR_kill, pid, 0, 0, 0, 0, 0) != -SYS_ESRCH; }

bool sys_thread_exists(int pid, int tid) { return arch_syscall(NR_tgkill, pid, tid, 0, 0, 0, 0) != -SYS_ESRCH; }

void sys_yield(void) { arch_syscall(NR_sched_yield, 0, 0, 0, 0, 0, 0); }

void sys_futex_wait(uint32_t *word, uint32_t seen, unsigned ms) {
	struct kernel_timespec limit = {.seconds = ms / 1000, .nanoseconds = (int64_t)(ms % 1000) * 1000000};
	arch_syscall(NR_futex, (long)word, FUTEX_WAIT_, (long)seen, (long)&limit, 0, 0);
}

void sys_futex_wake(uint32_t *word) { arch_syscall(NR_futex, (long)word, FUTEX_WAKE_, 1, 0, 0, 0); }

uint64_t sys_block_signals(void) {
	uint64_t all = ~0ull, old = 0;
	arch_syscall(NR_rt_sigprocmask, SIG_SETMASK_, (long)&all, (long)&old, sizeof all, 0, 0);
	return old;
}

void sys_restore_signals(uint64_t old) {
	arch_syscall(NR_rt_sigprocmask, SIG_SETMASK_, (long)&old, 0, sizeof old, 0, 0);
}

bool sys_readable(const void *p) {
	/* The kernel copies the set in before it looks at what to do with it:
	 * EFAULT if p cannot be read, else EINVAL for the unknown action. Needs no
	 * descriptor, changes nothing, and is allowed wherever threads are. */
	return arch_syscall(NR_rt_sigprocmask, SIG_NO_SUCH_HOW, (long)p, 0, sizeof(uint64_t), 0, 0) != -SYS_EFAULT;
}

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
	unsigned char *t = to;
	for (size_t i = 0; i < n; i++) t[i] = (unsigned char)byte;
	return to;
}

size_t text_length(const char *s) {
	size_t n = 0;
	while (s[n]) n++;
	return n;
}

bool text_equal(const char *a, const char *b) {
	while (*a && *a == *b) a++, b++;
	return *a == *b;
}

bool bytes_equal(const void *a, const void *b, size_t n) {
	const uint8_t *x = a, *y = b;
	while (n && *x == *y) x++, y++, n--;
	return n == 0;
}
