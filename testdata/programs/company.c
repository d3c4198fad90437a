/* Changes its own surroundings in the way that argv[1] names, then allocates,
 * also in a thread if it may still start one: close (every descriptor, before
 * any library's constructor and again between blocks), directory (a new one,
 * removed at once), root (chroot to an empty directory; root only), user (becomes
 * nobody; root only), signals (all blocked), descriptors (a limit of none),
 * traced (asks to be traced), filter (a seccomp filter that ends the program at
 * a socket, memfd_create, pipe, dup or eventfd), strict (one that lets through
 * what malloc and write need and ends the program at any other call), cold (the
 * same before its first block). Counts every block; with "close" the counts go
 * into the file argv[2]. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <grp.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <signal.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>

#include "count.h"

static void *kept[4000];

/* More events than a ring holds, so that room must be waited for. */
__attribute__((noinline)) static void churn(int rounds)
{
	for (int i = 0; i < rounds; i++) {
		size_t size = 1 + i % 1000;
		char *p = malloc(size);
		count_alloc(size);
		p = realloc(p, 2 * size);
		count_realloc(size, 2 * size);
		free(p);
		count_free(2 * size);
		if (i % 50 == 0 && i / 50 < 4000) {
			free(kept[i / 50]);
			if (kept[i / 50])
				count_free(100);
			kept[i / 50] = malloc(100);
			count_alloc(100);
		}
	}
}

static void *work(void *arg)
{
	(void)arg;
	churn(1000);
	return NULL;
}

static void close_all(void)
{
	for (int fd = 0; fd < 1024; fd++)
		close(fd);
}

static int is_way(int argc, char **argv, const char *way) { return argc > 1 && !strcmp(argv[1], way); }

/* Before any library's constructor. */
static void before_all(int argc, char **argv, char **env)
{
	(void)env;
	if (is_way(argc, argv, "close"))
		close_all();
}

__attribute__((section(".preinit_array"), used)) static void (*const preinit)(int, char **, char **) = before_all;

#define CALL(name, action) \
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##name, 0, 1), BPF_STMT(BPF_RET | BPF_K, action)
#define BEGIN \
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr))
#define ALLOW SECCOMP_RET_ALLOW
#define END SECCOMP_RET_KILL_PROCESS

static int install(struct sock_filter *filter, size_t n)
{
	struct sock_fprog program = {.len = n, .filter = filter};
	return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0);
}

static int no_descriptors(void)
{
	struct sock_filter filter[] = {
		BEGIN,
		CALL(socket, END), CALL(socketpair, END), CALL(memfd_create, END),
		CALL(dup, END), CALL(dup2, END), CALL(dup3, END), CALL(pipe, END), CALL(pipe2, END), CALL(eventfd2, END),
		BPF_STMT(BPF_RET | BPF_K, ALLOW),
	};
	return install(filter, sizeof filter / sizeof *filter);
}

static int only_malloc(void)
{
	struct sock_filter filter[] = {
		BEGIN,
		CALL(brk, ALLOW), CALL(getrandom, ALLOW), CALL(mmap, ALLOW), CALL(munmap, ALLOW), CALL(mremap, ALLOW), CALL(madvise, ALLOW),
		CALL(mprotect, ALLOW), CALL(futex, ALLOW), CALL(write, ALLOW), CALL(exit_group, ALLOW),
		CALL(rt_sigprocmask, ALLOW),
		BPF_STMT(BPF_RET | BPF_K, END),
	};
	return install(filter, sizeof filter / sizeof *filter);
}

static int another_directory(void)
{
	char name[] = "/tmp/company-XXXXXX";
	return !mkdtemp(name) || chdir(name) || rmdir(name);
}

static int become_nobody(void)
{
	enum { NOBODY = 65534 };
	return setgroups(0, NULL) || setgid(NOBODY) || setuid(NOBODY);
}

int main(int argc, char **argv)
{
	int failed = 0, threads = 1;
	if (is_way(argc, argv, "cold"))
		failed = only_malloc(), threads = 0;
	churn(1000);
	if (is_way(argc, argv, "directory")) {
		failed = another_directory();
	} else if (is_way(argc, argv, "root")) {
		failed = another_directory() || chroot(".");
	} else if (is_way(argc, argv, "user")) {
		failed = become_nobody();
	} else if (is_way(argc, argv, "signals")) {
		sigset_t all;
		sigfillset(&all);
		failed = sigprocmask(SIG_BLOCK, &all, NULL);
	} else if (is_way(argc, argv, "filter")) {
		failed = no_descriptors();
	} else if (is_way(argc, argv, "strict")) {
		failed = only_malloc(), threads = 0;
	} else if (is_way(argc, argv, "traced")) {
		failed = ptrace(PTRACE_TRACEME, 0, NULL, NULL) != 0;
	} else if (is_way(argc, argv, "descriptors")) {
		failed = setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, 0});
	}
	if (failed)
		return 1;
	churn(200000);
	if (is_way(argc, argv, "close"))
		close_all();
	pthread_t thread;
	if (threads && (pthread_create(&thread, NULL, work, NULL) || pthread_join(thread, NULL)))
		return 2;
	churn(1000);
	if (is_way(argc, argv, "close") && (argc < 3 || open(argv[2], O_WRONLY | O_CREAT | O_TRUNC, 0600) != 0 || dup(0) != 1))
		return 3;
	count_print();
	return 0;
}
