/* A program that a recorder comes to while it runs. N threads (argv[1], default 8) each have 100 blocks from the beginning,
 * and do what standard input says, a letter at a time, each of which is answered by a line:
 *
 *	n	make noise from now on: allocate a block and free it, again and again, also while they work
 *	q	be quiet from now on
 *	w	work: allocate, resize and free blocks, leave one in ten, and free and resize some of those from the
 *		beginning. The answer is what they have counted so far, as NAME=NUMBER: blocks and bytes as
 *		they were allocated and resized (a resized one is one more, of its new size), live and live-bytes of these, and
 *		how many from the beginning were freed (old-freed) and resized (old-resized).
 *	f	fork a child that allocates 10 blocks of 1000 bytes, and frees 3; wait for it
 *	F	fork a child that does so and waits until the program ends
 *	e	become /bin/cat, which answers nothing by itself
 *
 * At the end of the input it ends with status 7. Nothing else allocates: it writes without stdio. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 256, OLD = 100, ROUNDS = 500, OLD_FREED = 30, OLD_RESIZED = 10 };

static void *old[MOST][OLD];
static int threads = 8;
static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t changed = PTHREAD_COND_INITIALIZER;
static volatile int noisy;
static int rounds, done; /* guarded by lock: how often they were to work, and how many have done so the last time */

static unsigned long blocks, bytes, live, live_bytes, old_freed, old_resized;

static void add(unsigned long *count, unsigned long n) { __atomic_add_fetch(count, n, __ATOMIC_RELAXED); }

__attribute__((noinline)) static void *keep(void *p)
{
	__asm__ volatile("" : "+r"(p) : : "memory");
	return p;
}

__attribute__((noinline)) static void noise(void)
{
	free(keep(malloc(40)));
}

__attribute__((noinline)) static void *count_made(void *p, size_t size)
{
	add(&blocks, 1);
	add(&bytes, size);
	add(&live, 1);
	add(&live_bytes, size);
	return p;
}

__attribute__((noinline)) static void one(int i)
{
	size_t size = 16 + i % 100;
	char *p = keep(i % 2 ? malloc(size) : calloc(size, 1));
	count_made(p, size);
	p[0] = 1;
	if (i % 3 == 0) {
		p = keep(realloc(p, size * 3));
		add(&blocks, 1);
		add(&bytes, size * 3);
		add(&live_bytes, size * 2);
		size *= 3;
	}
	if (i % 10) {
		free(p);
		add(&live, -1UL);
		add(&live_bytes, -size);
	}
}

__attribute__((noinline)) static void resize_old(int thread, int i)
{
	count_made(keep(realloc(old[thread][i], 500)), 500);
	add(&old_resized, 1);
	old[thread][i] = NULL; /* it is another one now */
}

static void work(int thread, int nth)
{
	int first = nth * (OLD_FREED + OLD_RESIZED);
	for (int i = 0; i < ROUNDS; i++) {
		one(i);
		if (i % 4 == 0 && noisy)
			noise();
	}
	for (int i = 0; i < OLD_FREED && first + i < OLD; i++) {
		free(old[thread][first + i]);
		add(&old_freed, 1);
	}
	for (int i = OLD_FREED; i < OLD_FREED + OLD_RESIZED && first + i < OLD; i++)
		resize_old(thread, first + i);
}

static void *run(void *arg)
{
	int thread = (int)(long)arg, worked = 0;
	pthread_mutex_lock(&lock);
	for (;;) {
		while (!noisy && worked == rounds)
			pthread_cond_wait(&changed, &lock);
		int works = worked < rounds;
		pthread_mutex_unlock(&lock);
		if (works)
			work(thread, worked++);
		for (int i = 0; i < 100 && noisy; i++)
			noise();
		if (noisy)
			usleep(200);
		pthread_mutex_lock(&lock);
		if (works) {
			done++;
			pthread_cond_broadcast(&changed);
		}
	}
	return NULL;
}

static void say(const char *line)
{
	if (write(1, line, strlen(line)) < 0)
		_exit(1);
}

static void answer(void)
{
	char line[200];
	snprintf(line, sizeof line, "blocks=%lu bytes=%lu live=%lu live-bytes=%lu old-freed=%lu old-resized=%lu\n", blocks, bytes, live, live_bytes,
		 old_freed, old_resized);
	say(line);
}

static void set(int noise_on, int work_again)
{
	pthread_mutex_lock(&lock);
	noisy = noise_on;
	if (work_again) {
		rounds++;
		done = 0;
	}
	pthread_cond_broadcast(&changed);
	while (work_again && done < threads)
		pthread_cond_wait(&changed, &lock);
	pthread_mutex_unlock(&lock);
}

__attribute__((noinline)) static void child_work(void)
{
	void *p[10];
	for (int i = 0; i < 10; i++)
		p[i] = keep(malloc(1000));
	for (int i = 0; i < 3; i++)
		free(p[i]);
}

static void fork_one(int waits)
{
	int ready[2];
	char c;
	if (pipe(ready))
		_exit(1);
	pid_t child = fork();
	if (child == 0) {
		prctl(PR_SET_PDEATHSIG, SIGKILL);
		child_work();
		if (write(ready[1], "", 1) != 1)
			_exit(1);
		while (waits)
			pause();
		_exit(0);
	}
	if (read(ready[0], &c, 1) != 1)
		_exit(1);
	if (!waits)
		waitpid(child, NULL, 0);
	close(ready[0]);
	close(ready[1]);
}

int main(int argc, char **argv)
{
	char c;
	pthread_t thread;
	if (argc > 1)
		threads = atoi(argv[1]) < MOST ? atoi(argv[1]) : MOST;
	for (long i = 0; i < threads; i++) {
		for (int j = 0; j < OLD; j++)
			old[i][j] = malloc(100 + j);
		if (pthread_create(&thread, NULL, run, (void *)i))
			return 1;
	}
	say("ready\n");
	while (read(0, &c, 1) == 1) {
		switch (c) {
		case 'n':
			set(1, 0);
			say("noisy\n");
			break;
		case 'q':
			set(0, 0);
			say("quiet\n");
			break;
		case 'w':
			set(noisy, 1);
			answer();
			break;
		case 'f':
		case 'F':
			fork_one(c == 'F');
			say("forked\n");
			break;
		case 'e':
			execl("/bin/cat", "cat", (char *)NULL);
			return 1;
		}
	}
	_exit(7);
}
