/* Threads that are mostly at the first instructions of an allocator's functions, which take long there, and that signals interrupt
 * there all the while: the handlers take long, too, on the thread's stack or on one of their own. So whoever writes over these
 * instructions finds threads in the middle of them, and some that will return there. They end when standard input does. Prints "ready",
 * and at the end how many rounds there were, how many signals, and "wrong" for each block that did not hold what was written to it.
 *
 * Usage: attached_entry THREADS */
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/select.h>
#include <unistd.h>

static atomic_bool ending;
static atomic_ulong rounds, wrong, signals;

/* rpmalloc's, by their names. What they have to do is done by what they jump to. */
__attribute__((used, visibility("default"))) void *own_malloc(size_t n) { return malloc(n); }
__attribute__((used, visibility("default"))) void own_free(void *p) { free(p); }
__asm__(".text\n"
        ".globl rpmalloc\n"
        ".type rpmalloc, @function\n"
        ".p2align 4\n"
        "rpmalloc: endbr64\n"
        "pause\n"
        "pause\n"
        "push %rdi\n"
        "pop %rdi\n"
        "test %rdi, %rdi\n"
        "jmp own_malloc@plt\n"
        ".size rpmalloc, .-rpmalloc\n"
        ".globl rpfree\n"
        ".type rpfree, @function\n"
        ".p2align 4\n"
        "rpfree: pause\n"
        "pause\n"
        "pause\n"
        "test %rdi, %rdi\n"
        "jmp own_free@plt\n"
        ".size rpfree, .-rpfree\n");
void *rpmalloc(size_t n);
void rpfree(void *p);

static void handle(int signal) {
	(void)signal;
	atomic_fetch_add_explicit(&signals, 1, memory_order_relaxed);
	for (volatile int i = 0; i < 100000; i++) continue;
}

static void *work(void *arg) {
	uintptr_t self = (uintptr_t)arg;
	stack_t own = {.ss_sp = malloc(64 << 10), .ss_size = 64 << 10};
	if (self % 2) sigaltstack(&own, NULL);
	unsigned long n = 0;
	for (; !atomic_load_explicit(&ending, memory_order_relaxed); n++) {
		size_t bytes = 1 + n % 64;
		unsigned char *p = rpmalloc(bytes);
		memset(p, (int)(self + n), bytes);
		if (p[0] != (unsigned char)(self + n) || p[bytes - 1] != p[0]) atomic_fetch_add(&wrong, 1);
		rpfree(p);
	}
	atomic_fetch_add(&rounds, n);
	return NULL;
}

int main(int argc, char **argv) {
	int threads = argc > 1 ? atoi(argv[1]) : 1;
	pthread_t *t = calloc((size_t)threads, sizeof *t);
	struct sigaction a = {.sa_handler = handle, .sa_flags = SA_RESTART | SA_ONSTACK};
	sigaction(SIGUSR1, &a, NULL);
	for (intptr_t i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, work, (void *)i) != 0) return 1;
	printf("ready\n");
	fflush(stdout);
	char c;
	fd_set set;
	for (;;) {
		struct timespec soon = {0, 50 * 1000};
		FD_ZERO(&set);
		FD_SET(0, &set);
		if (pselect(1, &set, NULL, NULL, &soon, NULL) > 0 && read(0, &c, 1) <= 0) break;
		for (int i = 0; i < threads; i++) pthread_kill(t[i], SIGUSR1);
	}
	atomic_store(&ending, 1);
	for (int i = 0; i < threads; i++) pthread_join(t[i], NULL);
	printf("rounds=%lu\nsignals=%lu\nwrong=%lu\n", rounds, signals, wrong);
	return wrong != 0;
}
