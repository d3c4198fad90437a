/* Holds a block in each of the ways in which one can be held from outside of all blocks, and loses some.
 * It writes for each block what holds it, its address and its size, and waits. An argument
 * is the path of rooted_library.c's. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

void *volatile global;
static __thread void *volatile of_thread;
static void *volatile vast[(1 << 30) / sizeof(void *)]; /* hardly any of which is touched */
static pthread_key_t key;
static pthread_barrier_t made;
static volatile int used;

NOINLINE void *make(const char *holder, size_t size) {
	void *p = malloc(size);
	memset(p, 0, size);
	char line[100];
	int n = snprintf(line, sizeof line, "%s %lx %zu\n", holder, (unsigned long)p, size);
	if (write(1, line, (size_t)n) != n) abort();
	return p;
}

/* Blocks of many sizes, and their neighbours of the same sizes, which live until then. */
NOINLINE static void lose(void) {
	static const size_t sizes[] = {8, 24, 40, 200, 1000, 5000, 40000, 300000};
	for (unsigned i = 0; i < 10; i++)
		for (unsigned k = 0; k < sizeof sizes / sizeof *sizes; k++) make("nothing", sizes[k]);
}

NOINLINE static void *in_function(void) {
	static void *volatile of_function;
	of_function = make("of_function", 100);
	return NULL;
}

/* Blocks that a thread frees at once leave their addresses in the allocator. */
NOINLINE static void use(void) {
	void *all[100];
	for (int round = 0; round < 10; round++) {
		for (int i = 0; i < 100; i++) all[i] = malloc((size_t)(24 + i * round));
		for (int i = 0; i < 100; i++) free(all[i]);
	}
}

/* What is left over of calls before. */
NOINLINE static void wipe(void) {
	char all[32 << 10];
	memset(all, 0, sizeof all);
	__asm__ volatile("" : : "r"(all) : "memory");
}

NOINLINE static void wait(void) {
	pthread_barrier_wait(&made);
	for (;;) pause();
}

NOINLINE static void *run(void *unused) {
	use();
	lose();
	of_thread = make("of_thread", 33);
	pthread_setspecific(key, make("specific", 34));
	char *volatile of_run = make("of_run", 35);
	wipe();
	wait();
	used += of_run[0];
	return NULL;
}

/* Its stack is kept for another one. */
NOINLINE static void *end(void *unused) {
	char *volatile of_ended[4000];
	for (int i = 0; i < 4000; i++) of_ended[i] = NULL;
	for (int i = 0; i < 10; i++) of_ended[i * 400] = make("nothing", 100);
	used += of_ended[400][0];
	return NULL;
}

static void handle(int signal) { wait(); }

/* Waits in a signal's handler that has a stack of its own. */
NOINLINE static void *be_interrupted(void *unused) {
	stack_t own = {.ss_size = 64 << 10, .ss_sp = mmap(NULL, 64 << 10, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)};
	struct sigaction action = {.sa_handler = handle, .sa_flags = SA_ONSTACK};
	sigaltstack(&own, NULL);
	sigaction(SIGUSR1, &action, NULL);
	char *volatile of_interrupted = make("of_interrupted", 36);
	wipe();
	raise(SIGUSR1);
	used += of_interrupted[0];
	return NULL;
}

NOINLINE static void stop(void) {
	wipe();
	if (write(1, "ready\n", 6) == 6) pause();
}

static volatile int in_vector;

NOINLINE static void be_ready_for_signals(void) {
	stack_t own = {.ss_size = 20000, .ss_sp = make("sigaltstack", 20000)};
	sigaltstack(&own, NULL);
}

/* One pointer is in a register for vectors only, the other the kernel has. */
NOINLINE static void *use_vectors(void *unused) {
	be_ready_for_signals();
#ifdef __x86_64__
	char *p = make("vector register", 59);
	wipe();
	__asm__ volatile("movq %0, %%xmm9\n\txor %0, %0" : "+r"(p) : : "xmm9");
	in_vector = 1;
	for (;;) __asm__ volatile("syscall" : : "a"(SYS_pause) : "rcx", "r11", "memory");
#endif
	in_vector = 1;
	return NULL;
}

/* The one pointer is with the kernel. */
NOINLINE static void give(void) {
	int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);
	struct epoll_event event = {.events = EPOLLIN, .data.ptr = make("epoll_ctl", 60)};
	struct sigevent signal = {.sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR2, .sigev_value.sival_ptr = make("timer_create", 61)};
	timer_t timer;
	if (pipe(ends) || epoll_ctl(epoll, EPOLL_CTL_ADD, ends[0], &event) || timer_create(CLOCK_MONOTONIC, &signal, &timer)) abort();
}

/* in_register is in a register that the functions called save, where the program is optimized. */
NOINLINE static int hold(char *in_register) {
	stop();
	return in_register[0];
}

NOINLINE static void fill(void) {
	use();
	lose();
	global = make("global", 50);
	of_thread = make("of_thread", 51);
	in_function();
	vast[12345678] = make("vast", 52);
	void *volatile *pool = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	pool[1000] = make("a mapping", 53);
	void *volatile *kept_back = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise((void *)kept_back, 1 << 20, MADV_DONTFORK);
	kept_back[1000] = make("a mapping", 55);
	void *volatile *closed = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	closed[1000] = make("a mapping", 58);
	mprotect((void *)closed, 1 << 20, PROT_NONE);
	void *volatile *shared = mmap(NULL, 1 << 20, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	shared[1000] = make("shared memory", 57);
	lose();
}

int main(int argc, char **argv) {
	pthread_t thread, ended, interrupted, vectors;
	pthread_key_create(&key, NULL);
	pthread_barrier_init(&made, NULL, 3);
	pthread_create(&thread, NULL, run, NULL);
	pthread_create(&interrupted, NULL, be_interrupted, NULL);
	pthread_create(&ended, NULL, end, NULL);
	pthread_join(ended, NULL);
	pthread_barrier_wait(&made);
	pthread_create(&vectors, NULL, use_vectors, NULL);
	while (!in_vector) sched_yield();
	give();
	fill();
	void *library = argc > 1 ? dlopen(argv[1], RTLD_NOW) : NULL;
	if (library) ((void (*)(void *(*)(const char *, size_t)))dlsym(library, "fill"))(make);
	argv[0] = make("the arguments", 56);
	return hold(make("in_register", 54)) + used;
}
