/* Waits in every way in which a thread can wait, computes, sends itself signals,
 * makes children and waits for them, and lists what it has, from the line
 * "ready" on until standard input ends. Then it ends all waits, and writes what
 * each thread saw that it should not have: a wait that ended before it was over,
 * a signal too many or too few, a child, a descriptor, a register changed. All
 * numbers are 0 in a program that runs alone, and are to be if copies are made
 * of it meanwhile. The last line, "turns", alone tells how much was done. With
 * "headless" all this goes on without the process's first thread; with
 * "filtered" a filter (which lets all through) is asked of each system call. */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/aio_abi.h>
#include <linux/filter.h>
#include <linux/futex.h>
#include <linux/seccomp.h>
#include <math.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/msg.h>
#include <sys/prctl.h>
#include <sys/select.h>
#include <sys/sem.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static atomic_int over;        /* the waits shall end */
static atomic_ulong turns;     /* of all threads */
static atomic_int word;        /* a futex */
static int quiet[2];           /* a pipe into which nothing is written until the end */
static int calls[2];           /* a pair of sockets; likewise */
static int listener, semaphores, queue, locked;
static char lock_name[] = "/tmp/parked-XXXXXX";

#define TURN() atomic_fetch_add_explicit(&turns, 1, memory_order_relaxed)

/* One thread: what it does, and what it saw that it should not have. */
struct part {
	const char *name;
	long (*does)(void);
	int alone; /* whether it comes and goes with descriptors and children, and ends before the other parts */
	long seen;
	pthread_t thread;
};

static long sleeps(void)
{
	long seen = 0;
	while (!over) {
		struct timespec t = {0, 300000};
		seen += nanosleep(&t, NULL) != 0;
		TURN();
	}
	return seen;
}

static long long_sleep(void)
{
	long seen = 0;
	while (!over) {
		struct timespec before, after, t = {0, 50000000};
		clock_gettime(CLOCK_MONOTONIC, &before);
		seen += clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) != 0;
		clock_gettime(CLOCK_MONOTONIC, &after);
		long ms = (after.tv_sec - before.tv_sec) * 1000 + (after.tv_nsec - before.tv_nsec) / 1000000;
		seen += ms < 49;
		TURN();
	}
	return seen;
}

static long polls(void)
{
	struct pollfd p = {quiet[0], POLLIN, 0};
	long seen = 0;
	while (!over) {
		seen += poll(&p, 1, 1) < 0;
		TURN();
	}
	return seen + (poll(&p, 1, -1) != 1);
}

static long polls_for_ever(void)
{
	struct pollfd p = {quiet[0], POLLIN, 0};
	return poll(&p, 1, -1) != 1;
}

static long polls_masked(void)
{
	struct pollfd p = {quiet[0], POLLIN, 0};
	sigset_t all;
	sigfillset(&all);
	return ppoll(&p, 1, NULL, &all) != 1;
}

static long selects(void)
{
	fd_set set;
	FD_ZERO(&set);
	FD_SET(quiet[0], &set);
	return select(quiet[0] + 1, &set, NULL, NULL, NULL) != 1;
}

static long epolls(void)
{
	struct epoll_event e = {EPOLLIN, {0}};
	int fd = epoll_create1(0);
	epoll_ctl(fd, EPOLL_CTL_ADD, quiet[0], &e);
	long seen = 0;
	while (!over) {
		seen += epoll_wait(fd, &e, 1, 2) < 0;
		TURN();
	}
	return seen + (epoll_wait(fd, &e, 1, -1) != 1);
}

static long epolls_masked(void)
{
	struct epoll_event e = {EPOLLIN, {0}};
	int fd = epoll_create1(0);
	epoll_ctl(fd, EPOLL_CTL_ADD, quiet[0], &e);
	sigset_t all;
	sigfillset(&all);
	long seen = epoll_pwait(fd, &e, 1, -1, &all) != 1;
	sigset_t now; /* the mask is the thread's own again */
	pthread_sigmask(SIG_BLOCK, NULL, &now);
	return seen + (sigismember(&now, SIGUSR2) != 0);
}

static long futexes(void)
{
	long seen = 0;
	while (!over) {
		struct timespec t = {0, 1000000};
		int woken = syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, &t, NULL, 0) == 0;
		seen += !over && (woken || errno != ETIMEDOUT);
		TURN();
	}
	return seen;
}

static long futex_for_ever(void)
{
	while (!word) {
		if (syscall(SYS_futex, &word, FUTEX_WAIT_PRIVATE, 0, NULL, NULL, 0) != 0 && errno != EAGAIN)
			return 1;
	}
	return 0;
}

static long reads(void)
{
	char c;
	return read(calls[0], &c, 1) != 1;
}

static long receives(void)
{
	struct timeval t = {100, 0};
	int pair[2];
	if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0)
		return 1;
	setsockopt(pair[0], SOL_SOCKET, SO_RCVTIMEO, &t, sizeof(t));
	char c;
	pthread_t ender;
	extern void *closes_later(void *);
	pthread_create(&ender, NULL, closes_later, &pair[1]);
	long seen = recv(pair[0], &c, 1, 0) != 0;
	pthread_join(ender, NULL);
	return seen;
}

void *closes_later(void *fd)
{
	struct pollfd p = {quiet[0], POLLIN, 0};
	poll(&p, 1, -1);
	close(*(int *)fd);
	return NULL;
}

static long accepts(void)
{
	int fd = accept(listener, NULL, NULL);
	return fd < 0;
}

static long semaphore(void)
{
	struct sembuf take = {0, -1, 0};
	return semop(semaphores, &take, 1) != 0;
}

static long semaphore_timed(void)
{
	struct sembuf take = {1, -1, 0};
	long seen = 0;
	while (!over) {
		struct timespec t = {0, 2000000};
		seen += semtimedop(semaphores, &take, 1, &t) != -1 || errno != EAGAIN;
		TURN();
	}
	return seen;
}

static long message(void)
{
	struct { long type; char text[8]; } m;
	return msgrcv(queue, &m, sizeof(m.text), 0, 0) < 0;
}

static long file_lock(void)
{
	int fd = open(lock_name, O_RDWR);
	return flock(fd, LOCK_EX) != 0;
}

static long events(void)
{
	aio_context_t context = 0;
	if (syscall(SYS_io_setup, 4, &context) != 0)
		return 0;
	long seen = 0;
	while (!over) {
		struct io_event e;
		struct timespec t = {0, 2000000};
		seen += syscall(SYS_io_getevents, context, 1, 1, &e, &t) != 0;
		TURN();
	}
	return seen;
}

static long waits_for_signal(void)
{
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN + 1);
	return sigwaitinfo(&set, NULL) != SIGRTMIN + 1;
}

static long pauses(void) { return pause() != -1 || errno != EINTR; }

static long suspends(void)
{
	sigset_t set;
	sigfillset(&set);
	sigdelset(&set, SIGUSR2);
	return sigsuspend(&set) != -1 || errno != EINTR;
}

/* Nothing but arithmetic, in all kinds of registers. */
static long computes(void)
{
	double want = 0;
	long seen = 0;
	for (int round = 0; !over || round < 2; round++) {
		double sum = 0, a[8] = {1, 2, 3, 4, 5, 6, 7, 8};
		unsigned long x = 88172645463325252UL;
		for (int i = 0; i < 20000; i++) {
			for (int j = 0; j < 8; j++)
				a[j] = a[j] * 0.999 + (double)(x >> (j + 40));
			x ^= x << 13, x ^= x >> 7, x ^= x << 17;
			sum += sqrt(a[i & 7]) + (double)(x & 0xff);
		}
		if (round == 0)
			want = sum;
		seen += memcmp(&sum, &want, sizeof(sum)) != 0;
		TURN();
	}
	return seen;
}

static atomic_long handled, sent;

static void handler(int signal) { (void)signal, atomic_fetch_add(&handled, 1); }

/* Signals that are counted by the kernel: none is lost, none comes twice. */
static long signals(void)
{
	while (!over) {
		if (sigqueue(getpid(), SIGRTMIN, (union sigval){0}) == 0)
			sent++;
		struct timespec t = {0, 100000};
		while (nanosleep(&t, &t) != 0) /* it may be the one that handles it */
			;
		TURN();
	}
	return 0;
}

static atomic_long children_ended;

static void child_handler(int signal) { (void)signal, atomic_fetch_add(&children_ended, 1); }

/* Children one after another: a signal for each, and no other child. */
static long children(void)
{
	long seen = 0, before = children_ended;
	while (!over) {
		pid_t child = fork();
		if (child == 0)
			_exit(17);
		if (child < 0)
			continue;
		int status;
		pid_t got;
		while ((got = waitpid(-1, &status, 0)) < 0 && errno == EINTR)
			;
		before++;
		for (int tries = 0; children_ended < before && tries < 2000; tries++)
			usleep(100);
		seen += (got != child || !WIFEXITED(status) || WEXITSTATUS(status) != 17) + labs(children_ended - before);
		seen += waitpid(-1, &status, WNOHANG) != -1 || errno != ECHILD;
		TURN();
	}
	return seen;
}

/* A pipe is at its end as soon as whoever writes into it has closed it. */
static long pipes(void)
{
	long seen = 0;
	while (!over) {
		int p[2];
		char c[2];
		if (pipe2(p, O_CLOEXEC) != 0)
			continue;
		seen += write(p[1], "x", 1) != 1;
		close(p[1]);
		seen += read(p[0], c, 2) != 1;
		seen += read(p[0], c, 2) != 0;
		close(p[0]);
		TURN();
	}
	return seen;
}

static int count_entries(const char *path)
{
	DIR *d = opendir(path);
	int n = 0;
	while (d && readdir(d))
		n++;
	if (d)
		closedir(d);
	return n;
}

/* What the process has, as the kernel lists it, when nothing of its own changes. */
static long lists(void)
{
	char path[80], text[200];
	snprintf(path, sizeof(path), "/proc/self/task/%d/children", getpid());
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? 0 : read(fd, text, sizeof(text));
	close(fd);
	return n;
}

#define PART(name, alone) {#name, name, alone, 0, 0}

static struct part parts[] = {
	PART(sleeps, 0), PART(long_sleep, 0), PART(polls, 0), PART(polls_for_ever, 0), PART(polls_masked, 0),
	PART(selects, 0), PART(epolls, 0), PART(epolls_masked, 0), PART(futexes, 0), PART(futex_for_ever, 0),
	PART(reads, 0), PART(receives, 0), PART(accepts, 0), PART(semaphore, 0), PART(semaphore_timed, 0),
	PART(message, 0), PART(file_lock, 0), PART(events, 0), PART(waits_for_signal, 0), PART(pauses, 0),
	PART(suspends, 0), PART(computes, 1), PART(pipes, 1), PART(signals, 1), PART(children, 1),
};

enum { PARTS = sizeof(parts) / sizeof(parts[0]) };

static void *run(void *p)
{
	struct part *part = p;
	sigset_t set; /* the signals that are for it alone */
	sigemptyset(&set);
	if (part->does == signals)
		sigaddset(&set, SIGRTMIN);
	if (part->does == children)
		sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	part->seen = part->does();
	return NULL;
}

static void begin(int alone)
{
	for (int i = 0; i < PARTS; i++)
		if (parts[i].alone == alone)
			pthread_create(&parts[i].thread, NULL, run, &parts[i]);
}

static void end(int alone)
{
	for (int i = 0; i < PARTS; i++)
		if (parts[i].alone == alone)
			pthread_join(parts[i].thread, NULL);
}

static struct part *part_of(long (*does)(void))
{
	for (int i = 0; i < PARTS; i++)
		if (parts[i].does == does)
			return &parts[i];
	abort();
}

static void *whole(void *unused)
{
	(void)unused;
	struct sigaction action = {.sa_handler = handler, .sa_flags = SA_RESTART};
	sigaction(SIGRTMIN, &action, NULL);
	sigaction(SIGUSR2, &action, NULL);
	action.sa_handler = child_handler;
	sigaction(SIGCHLD, &action, NULL);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigaddset(&set, SIGRTMIN + 1);
	sigaddset(&set, SIGCHLD);
	pthread_sigmask(SIG_BLOCK, &set, NULL);

	struct sockaddr_un_like { sa_family_t family; char path[6]; } name = {AF_UNIX, {0}};
	listener = socket(AF_UNIX, SOCK_STREAM, 0);
	bind(listener, (struct sockaddr *)&name, sizeof(name.family)); /* a name of the kernel's choice */
	listen(listener, 1);
	semaphores = semget(IPC_PRIVATE, 2, 0600);
	queue = msgget(IPC_PRIVATE, 0600);
	locked = mkstemp(lock_name);
	flock(locked, LOCK_EX);
	if (pipe(quiet) != 0 || socketpair(AF_UNIX, SOCK_STREAM, 0, calls) != 0)
		exit(1);
	begin(0);
	usleep(20000);
	int descriptors = count_entries("/proc/self/fd");
	begin(1);
	printf("ready\n");
	fflush(stdout);
	char c;
	long interrupted = 0;
	ssize_t n;
	while ((n = read(0, &c, 1)) != 0)
		interrupted += n < 0;

	over = 1;
	end(1);
	long listed = lists(), changed = count_entries("/proc/self/fd") - descriptors;
	word = 1;
	syscall(SYS_futex, &word, FUTEX_WAKE_PRIVATE, 99, NULL, NULL, 0);
	interrupted += write(quiet[1], "x", 1) != 1;
	interrupted += write(calls[1], "x", 1) != 1;
	socklen_t size = sizeof(name);
	getsockname(listener, (struct sockaddr *)&name, &size);
	int fd = socket(AF_UNIX, SOCK_STREAM, 0);
	interrupted += connect(fd, (struct sockaddr *)&name, size) != 0;
	struct sembuf give = {0, 1, 0};
	semop(semaphores, &give, 1);
	struct { long type; char text[8]; } m = {1, "x"};
	msgsnd(queue, &m, sizeof(m.text), 0);
	flock(locked, LOCK_UN);
	sigqueue(getpid(), SIGRTMIN + 1, (union sigval){0});
	pthread_kill(part_of(pauses)->thread, SIGUSR2);
	pthread_kill(part_of(suspends)->thread, SIGUSR2);
	end(0);
	semctl(semaphores, 0, IPC_RMID);
	msgctl(queue, IPC_RMID, NULL);
	unlink(lock_name);

	for (int i = 0; i < PARTS; i++)
		printf("%s=%lu\n", parts[i].name, (unsigned long)parts[i].seen);
	printf("interrupted=%lu\nchildren_listed=%lu\ndescriptors_more=%lu\n", (unsigned long)interrupted, (unsigned long)listed, (unsigned long)changed);
	printf("signals_unhandled=%lu\n", (unsigned long)(sent + 2 - handled));
	printf("turns=%lu\n", turns);
	exit(3);
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	if (strcmp(how, "filtered") == 0) {
		struct sock_filter allow = {BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
		struct sock_fprog filter = {1, &allow};
		if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &filter) != 0)
			return 1;
	}
	if (strcmp(how, "headless") == 0) {
		pthread_t other;
		pthread_create(&other, NULL, whole, NULL);
		pthread_exit(NULL);
	}
	whole(NULL);
}
