/* Installs a system-call filter that lets through what it needs itself, and allocates
 * below it, in ever deeper frames, with more events than a ring holds. The first argument
 * says what else comes to: kill, trap, errno or strict (that is seccomp's strict mode). By
 * the second it is installed by prctl or syscall. With a third one, thread, it goes on in a
 * thread, with child in a fork. Counts every block in main's thread or the thread. */
#define _GNU_SOURCE
#include <errno.h>
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>

#include "count.h"

enum { DEPTH = 100, ROUNDS = 40000, SIZE = 50 };

static const int needed[] = {
	SYS_read, SYS_write, SYS_exit, SYS_exit_group, SYS_brk, SYS_rt_sigreturn, SYS_mmap, SYS_munmap, SYS_mprotect, SYS_getrandom,
	/* A thread's and a child's. */
	SYS_clone, SYS_clone3, SYS_set_robust_list, SYS_rseq, SYS_futex, SYS_rt_sigprocmask, SYS_rt_sigaction, SYS_madvise, SYS_wait4,
};

static void on_trap(int signal)
{
	(void)signal;
	_exit(99);
}

static int install(const char *what, int by_syscall, int threads)
{
	enum { COUNT = sizeof needed / sizeof *needed, OWN = 10 };
	struct sock_filter code[COUNT + 3];
	int n = 0, count = threads ? COUNT : OWN;
	unsigned other = SECCOMP_RET_KILL_PROCESS;
	if (!strcmp(what, "strict"))
		return by_syscall ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_STRICT, 0, NULL) : prctl(PR_SET_SECCOMP, SECCOMP_MODE_STRICT);
	if (!strcmp(what, "trap"))
		other = SECCOMP_RET_TRAP;
	if (!strcmp(what, "errno"))
		other = SECCOMP_RET_ERRNO | EPERM;
	code[n++] = (struct sock_filter)BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr));
	for (int i = 0; i < count; i++)
		code[n++] = (struct sock_filter)BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, needed[i], count - i, 0);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, other);
	code[n++] = (struct sock_filter)BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW);
	struct sock_fprog program = {n, code};
	signal(SIGSYS, on_trap);
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0))
		return -1;
	return by_syscall ? (int)syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &program) : prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program);
}

static void pair(size_t size)
{
	void *p = malloc(size);
	count_alloc(size);
	__asm__ volatile("" : : "r"(p) : "memory");
	free(p);
	count_free(size);
}

__attribute__((noinline)) static void deep(int levels)
{
	volatile char frame[3000];
	frame[0] = 1;
	pair(levels + 1);
	if (levels)
		deep(levels - 1);
	frame[1] = frame[0];
}

static void *work(void *unused)
{
	deep(DEPTH);
	for (int i = 0; i < ROUNDS; i++)
		pair(SIZE);
	return unused;
}

int main(int argc, char **argv)
{
	const char *where = argc > 3 ? argv[3] : "";
	pair(1); /* so that strict mode need not allow brk */
	if (argc < 3 || install(argv[1], !strcmp(argv[2], "syscall"), *where))
		return 1;
	if (!strcmp(where, "thread")) {
		static pthread_t thread;
		if (pthread_create(&thread, NULL, work, NULL) || pthread_join(thread, NULL))
			return 2;
	} else if (!strcmp(where, "child")) {
		int status = 0;
		pid_t child = fork();
		work(NULL);
		if (!child) {
			count_print();
			syscall(SYS_exit_group, 0);
		}
		if (child < 0 || waitpid(child, &status, 0) != child || status)
			return 3;
	} else {
		work(NULL);
	}
	count_print();
	syscall(SYS_exit, 0); /* strict mode knows no other */
}
