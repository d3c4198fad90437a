/* Copies in four threads, while signals interrupt them whose handler copies, too; copies from nowhere, which a handler
 * leaves by siglongjmp; and forks children that copy. It says how many copies that is in its own process:
 *
 *     copied NAME COPIES BYTES */
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

enum { THREADS = 4, COPIES = 30000, MOST = 300 };

static volatile long handled;
static char from[MOST], to[MOST];
static sigjmp_buf again;

static __attribute__((noinline)) void by_thread(size_t n) {
	char own[MOST];
	memcpy(own, from, n);
	__asm__ volatile("" ::"r"(own) : "memory");
}

static void *threads(void *unused) {
	for (int i = 0; i < COPIES; i++) by_thread((size_t)(i % MOST));
	return unused;
}

static void by_handler(int s) {
	(void)s;
	memcpy(to, from, 7);
	handled++;
}

static void leave(int s) {
	(void)s;
	siglongjmp(again, 1);
}

static __attribute__((noinline)) void by_nobody(const char *nowhere) { strcpy(to, nowhere); }

static __attribute__((noinline)) void by_child(void) { memcpy(to, from, 9); }

int main(void) {
	signal(SIGALRM, by_handler);
	struct itimerval often = {{0, 500}, {0, 500}}, never = {{0, 0}, {0, 0}};
	pthread_t started[THREADS];
	setitimer(ITIMER_REAL, &often, NULL);
	for (int i = 0; i < THREADS; i++) pthread_create(&started[i], NULL, threads, NULL);
	for (int i = 0; i < THREADS; i++) pthread_join(started[i], NULL);
	setitimer(ITIMER_REAL, &never, NULL);
	signal(SIGSEGV, leave);
	const char *volatile nowhere = NULL;
	for (volatile int i = 0; i < 100; i++)
		if (!sigsetjmp(again, 1)) by_nobody(nowhere);
	for (int i = 0; i < 4; i++) {
		pid_t child = fork();
		if (!child) {
			by_child();
			_exit(0);
		}
		waitpid(child, NULL, 0);
	}
	unsigned long bytes = 0;
	for (int i = 0; i < COPIES; i++) bytes += (unsigned long)(i % MOST);
	printf("copied thread %d %lu\n", THREADS * COPIES, THREADS * bytes);
	printf("copied handler %ld %ld\n", handled, 7 * handled);
	return 0;
}
