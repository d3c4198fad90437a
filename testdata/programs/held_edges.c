/* Blocks that only something out of the way leads to: none is lost. The argument is from where the
 * program ends: "altstack" (a handler on a stack of its own), "coroutine", "thread", "leader" (a thread, when main's is
 * no more), "fork" (the parent, while a child runs), else main. What main's own stack holds is held all the same. */
#define _GNU_SOURCE
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))
#define PAGE 4096

static volatile int started;

/* Tables in the program's part of what brk gives, in a private mapping of a file, and in memory that cannot be read. */
static NOINLINE void hold_in_break(void)
{
	void **table = sbrk(2 * PAGE);
	if (table != (void *)-1)
		table[100] = malloc(100);
	free(malloc(1 << 17)); /* the allocator's part goes on behind it */
}

static NOINLINE void hold_in_file(void)
{
	int file = memfd_create("table", MFD_CLOEXEC);
	if (file < 0 || ftruncate(file, 4 * PAGE))
		_exit(90);
	for (int i = 0; i < 2; i++) {
		void **table = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, i ? MAP_SHARED : MAP_PRIVATE, file, i * PAGE);
		table[7] = malloc(200);
	}
	close(file);
}

static NOINLINE void hold_unreadable(void)
{
	void **table = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	table[9] = malloc(300);
	mprotect(table, PAGE, PROT_NONE);
}

/* A large table, most of which nobody has touched. */
static NOINLINE void hold_sparse(void)
{
	char *table = mmap(NULL, 1UL << 36, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (table == MAP_FAILED)
		return;
	for (int i = 0; i < 16; i++)
		*(void **)(table + (1UL << 32) * i + 8 * i) = malloc(400);
}

/* The one pointer is in a register for vectors. */
static NOINLINE void *hold_vector_register(void *unused)
{
#if defined(__x86_64__)
	void *held = malloc(500);
	asm volatile("movq %0, %%xmm9\n\txor %0, %0" : "+r"(held) : : "xmm9");
	asm volatile("xor %%eax, %%eax\n\tmovl $1, %0" : "=m"(started) : : "rax", "memory");
	for (;;)
		asm volatile("mov %0, %%eax\n\tsyscall" : : "i"(SYS_pause) : "rax", "rcx", "rdi", "rdx", "rsi", "r8", "r9", "r10", "r11", "memory");
#else
	started = 1;
	for (;;)
		pause();
#endif
	return unused;
}

/* Only an argument of the system call that the thread waits in. */
static NOINLINE void *hold_in_call(void *unused)
{
	int ends[2];
	if (pipe(ends))
		_exit(91);
	started = 2;
	if (read(ends[0], malloc(600), 600) < 0)
		_exit(92);
	return unused;
}

static NOINLINE void finish(void)
{
	exit(0);
}

static void on_signal(int number)
{
	(void)number;
	finish();
}

static NOINLINE void end_on_other_stack(void)
{
	stack_t stack = {.ss_size = 16 * PAGE};
	stack.ss_sp = mmap(NULL, stack.ss_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	sigaltstack(&stack, NULL);
	struct sigaction action = {.sa_handler = on_signal, .sa_flags = SA_ONSTACK};
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
}

static ucontext_t main_context, coroutine;

static NOINLINE void hold_coroutine_stack(void)
{
	getcontext(&coroutine);
	coroutine.uc_stack.ss_size = 16 * PAGE;
	coroutine.uc_stack.ss_sp = malloc(coroutine.uc_stack.ss_size);
	makecontext(&coroutine, finish, 0);
	swapcontext(&main_context, &coroutine);
}

static void *end_in_thread(void *leader)
{
	if (leader)
		pthread_join(*(pthread_t *)leader, NULL);
	finish();
	return NULL;
}

static NOINLINE void spend_time(void)
{
	pthread_t ender;
	pthread_create(&ender, NULL, end_in_thread, NULL);
	pthread_join(ender, NULL);
}

static NOINLINE void fork_and_end(void)
{
	pid_t child = fork();
	if (!child) {
		pause();
		_exit(0);
	}
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	finish();
}

static pthread_t first;

int main(int argc, char **argv)
{
	const char *end = argc > 1 ? argv[1] : "main";
	hold_in_break();
	hold_in_file();
	hold_unreadable();
	hold_sparse();
	pthread_t thread;
	pthread_create(&thread, NULL, hold_vector_register, NULL);
	while (started != 1)
		usleep(1000);
	pthread_create(&thread, NULL, hold_in_call, NULL);
	while (started != 2)
		usleep(1000);
	usleep(20000);
	if (!strcmp(end, "leader")) {
		first = pthread_self();
		pthread_create(&thread, NULL, end_in_thread, &first);
		pthread_exit(NULL);
	}
	char *volatile local[3] = {malloc(700), malloc(800), malloc(900)};
	if (!strcmp(end, "altstack"))
		end_on_other_stack();
	else if (!strcmp(end, "coroutine"))
		hold_coroutine_stack();
	else if (!strcmp(end, "thread"))
		spend_time();
	else if (!strcmp(end, "fork"))
		fork_and_end();
	finish();
	return local[0] == local[1];
}
