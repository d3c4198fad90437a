/* Keeps 1, 2, 4 and 8 blocks, so that 1, 3 and 7 live in between, where the moments are marked in
 * the way that the first argument names. Nothing else calls keep. */
#define _GNU_SOURCE
#if __has_include(<linux/filter.h>) /* musl's compiler does not find the kernel's */
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif
#include <pthread.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

static void *volatile kept[64];
static int n;

__attribute__((noinline)) static void keep(int blocks)
{
	while (blocks--)
		kept[n++] = malloc(1000);
}

__attribute__((noinline)) void first_phase(void) { __asm__ volatile(""); }
__attribute__((noinline)) void second_phase(void) { __asm__ volatile(""); }

/* What a function may be given and return, in registers and on the stack. */
struct large {
	long words[5];
};

__attribute__((noinline)) struct large mixed(double a, long b, float c, long d, long e, long f, long g, long double h, long i, ...)
{
	va_list more;
	va_start(more, i);
	double j = va_arg(more, double);
	long k = va_arg(more, long);
	va_end(more);
	return (struct large){{(long)a, b + (long)c, d + e + f + g, (long)h + i, (long)j + k}};
}

#if __x86_64__
/* A function that has no room for a jump. */
__asm__(".text\n.globl short_one\n.type short_one, @function\nshort_one: ret\n.size short_one, 1\n"
	".type behind_it, @function\nbehind_it: mov $1, %eax\nret\n.size behind_it, 6\n");
#endif

static void check_mixed(void)
{
	struct large r = mixed(1, 2, 3, 4, 5, 6, 7, 8, 9, 10.0, 11L);
	const struct large want = {{1, 5, 22, 17, 21}};
	if (memcmp(&r, &want, sizeof r) != 0)
		exit(9);
}

static void by_function(int phase)
{
	if (phase == 1)
		first_phase();
	else
		second_phase();
	check_mixed();
}

static void by_signal(int phase)
{
	(void)phase;
	raise(SIGUSR1);
}

static void run_command(const char *command, int pid, int phase)
{
	char line[200];
	snprintf(line, sizeof line, "LD_PRELOAD= heapprof %s %d 'phase %d' >&2", command, pid, phase);
	if (system(line) != 0)
		exit(8);
}

static void by_command(int phase) { run_command("mark", getpid(), phase); }
static void by_command_to_heapprof(int phase) { run_command("mark", getppid(), phase); }
static void by_snapshot(int phase) { run_command("snapshot", getpid(), phase); }
static void by_snapshot_of_all(int phase) { run_command("snapshot", getppid(), phase); }

static void change_mask(int how)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(how, &set, NULL);
}

/* The first is sent while it is blocked, and comes with the second. */
static void by_blocked_signal(int phase)
{
	if (phase == 1)
		change_mask(SIG_BLOCK);
	if (phase < 3)
		raise(SIGUSR1);
	if (phase == 2)
		change_mask(SIG_UNBLOCK);
}

static volatile sig_atomic_t handled;

static void handle(int number)
{
	(void)number;
	handled++;
}

/* A filter that ends the program at any call but those that it makes itself. */
static void forbid_most(void)
{
#ifdef BPF_STMT
#define ALLOW(call) BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_##call, 0, 1), BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)
	struct sock_filter code[] = {
		BPF_STMT(BPF_LD | BPF_W | BPF_ABS, 0),
		ALLOW(rt_sigprocmask), ALLOW(tgkill), ALLOW(getpid), ALLOW(gettid), ALLOW(rt_sigreturn), ALLOW(write), ALLOW(exit_group), ALLOW(brk), ALLOW(getrandom),
		BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	};
	struct sock_fprog program = {sizeof code / sizeof *code, code};
	prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
	if (prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		_exit(7);
#endif
}

static pthread_barrier_t barrier;

static void *enter(void *unused)
{
	pthread_barrier_wait(&barrier);
	first_phase();
	return unused;
}

/* Threads that enter the same function at once. */
static void by_threads(int phase)
{
	enum { THREADS = 4 };
	pthread_t threads[THREADS];
	pthread_barrier_init(&barrier, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		pthread_create(&threads[i], NULL, enter, NULL);
	for (int i = 0; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	(void)phase;
}

static void all_phases(void (*mark)(int phase))
{
	keep(1);
	mark(1);
	keep(2);
	mark(2);
	keep(4);
	mark(3);
	keep(8);
}

/* The child has what its parent had, and has entered what its parent had entered. */
static void fork_child(void)
{
	keep(1);
	first_phase();
	pid_t child = fork();
	if (child == 0) {
		keep(2);
		first_phase();
		second_phase();
		keep(4);
		raise(SIGUSR1);
		keep(8);
		_exit(0);
	}
	int status;
	waitpid(child, &status, 0);
	keep(2);
	second_phase();
	raise(SIGUSR1);
	if (status != 0)
		exit(6);
}

int main(int argc, char **argv)
{
	const char *way = argc > 1 ? argv[1] : "";
	if (!strcmp(way, "function")) {
		all_phases(by_function);
	} else if (!strcmp(way, "threads")) {
		all_phases(by_threads);
	} else if (!strcmp(way, "signal")) {
		all_phases(by_signal);
	} else if (!strcmp(way, "command")) {
		all_phases(by_command);
	} else if (!strcmp(way, "recorder")) {
		all_phases(by_command_to_heapprof);
	} else if (!strcmp(way, "snapshot")) {
		all_phases(by_snapshot);
	} else if (!strcmp(way, "snapshots")) {
		all_phases(by_snapshot_of_all);
	} else if (!strcmp(way, "blocked")) {
		all_phases(by_blocked_signal);
	} else if (!strcmp(way, "filtered")) {
		forbid_most();
		all_phases(by_signal);
	} else if (!strcmp(way, "handled")) {
		signal(SIGUSR1, handle);
		all_phases(by_signal);
		if (handled != 3)
			return 5;
	} else if (!strcmp(way, "forked")) {
		fork_child();
	} else if (!strcmp(way, "heapprof")) {
		kill(getppid(), SIGUSR1);
		usleep(200000);
		keep(1);
	} else {
		return 2;
	}
	return 0;
}
