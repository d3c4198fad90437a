/* A program of one thread, which does one of these, named by its argument, from
 * the line "ready" on until standard input ends: "computes" keeps values in all
 * registers, in the flags and below the stack pointer, and looks after a while
 * whether they are still there; "sleeps" sleeps; "waits" waits for standard
 * input to end. Then it writes what was not as it should be: "registers" that
 * had changed, a "short" sleep or one that failed, a read that was
 * "interrupted", "signals" that are blocked and were not or were handled more or
 * less often than they were sent; and "turns", how much was done. */
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static unsigned long registers, shorter, interrupted, signals, turns;
static volatile sig_atomic_t handled;
static unsigned long sent;

static void handler(int signal) { (void)signal, handled++; }

static int at_end(void)
{
	char c;
	struct pollfd p = {0, POLLIN, 0};
	return poll(&p, 1, 0) != 0 && read(0, &c, 1) == 0;
}

/* Returns how many of the values have changed. */
static unsigned long keep(unsigned long rounds)
{
	unsigned long wrong;
	__asm__ volatile("mov %[rounds], %%rcx\n"
			 "mov $1, %%eax\n mov $2, %%ebx\n mov $3, %%edx\n mov $4, %%esi\n mov $5, %%edi\n"
			 "mov $6, %%r8d\n mov $7, %%r9d\n mov $8, %%r10d\n mov $9, %%r11d\n"
			 "mov $10, %%r12d\n mov $11, %%r13d\n mov $12, %%r14d\n mov $13, %%r15d\n"
			 "movq %%rbx, %%xmm0\n movq %%r15, %%xmm15\n"
			 "movq $14, -128(%%rsp)\n movq $15, -8(%%rsp)\n"
			 "stc\n"
			 "1: jnc 2f\n"
			 "lea -1(%%rcx), %%rcx\n"
			 "jrcxz 2f\n"
			 "jmp 1b\n"
			 "2: sbb $0, %%rax\n" /* 1 less: the carry is still there */
			 "sub $2, %%rbx\n or %%rbx, %%rax\n sub $3, %%rdx\n or %%rdx, %%rax\n"
			 "sub $4, %%rsi\n or %%rsi, %%rax\n sub $5, %%rdi\n or %%rdi, %%rax\n"
			 "sub $6, %%r8\n or %%r8, %%rax\n sub $7, %%r9\n or %%r9, %%rax\n"
			 "sub $8, %%r10\n or %%r10, %%rax\n sub $9, %%r11\n or %%r11, %%rax\n"
			 "sub $10, %%r12\n or %%r12, %%rax\n sub $11, %%r13\n or %%r13, %%rax\n"
			 "sub $12, %%r14\n or %%r14, %%rax\n sub $13, %%r15\n or %%r15, %%rax\n"
			 "movq %%xmm0, %%rbx\n sub $2, %%rbx\n or %%rbx, %%rax\n"
			 "movq %%xmm15, %%rbx\n sub $13, %%rbx\n or %%rbx, %%rax\n"
			 "mov -128(%%rsp), %%rbx\n sub $14, %%rbx\n or %%rbx, %%rax\n"
			 "mov -8(%%rsp), %%rbx\n sub $15, %%rbx\n or %%rbx, %%rax\n"
			 "or %%rcx, %%rax\n"
			 : "=&a"(wrong)
			 : [rounds] "r"(rounds)
			 : "rbx", "rcx", "rdx", "rsi", "rdi", "r8", "r9", "r10", "r11", "r12", "r13", "r14", "r15", "xmm0", "xmm15", "memory", "cc");
	return wrong != 0;
}

static void sleep_for(long ms)
{
	struct timespec before, after, t = {0, ms * 1000000};
	clock_gettime(CLOCK_MONOTONIC, &before);
	shorter += clock_nanosleep(CLOCK_MONOTONIC, 0, &t, NULL) != 0;
	clock_gettime(CLOCK_MONOTONIC, &after);
	shorter += (after.tv_sec - before.tv_sec) * 1000000000 + after.tv_nsec - before.tv_nsec < ms * 1000000;
}

static void look_at_signals(void)
{
	static const int used[] = {SIGUSR1, SIGTERM, SIGCHLD, SIGSEGV};
	sigset_t now;
	sigprocmask(SIG_BLOCK, NULL, &now);
	for (unsigned long i = 0; i < sizeof(used) / sizeof(used[0]); i++)
		signals += sigismember(&now, used[i]) != 0;
	signals += sigismember(&now, SIGUSR2) != 1;
	raise(SIGUSR1);
	signals += (unsigned long)handled != ++sent;
}

int main(int argc, char **argv)
{
	const char *how = argc > 1 ? argv[1] : "";
	signal(SIGUSR1, handler);
	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigprocmask(SIG_BLOCK, &set, NULL);
	printf("ready\n");
	fflush(stdout);
	char c;
	if (strcmp(how, "waits") == 0)
		interrupted += read(0, &c, 1) != 0;
	do {
		if (strcmp(how, "computes") == 0)
			registers += keep(100000);
		else
			sleep_for(5);
		look_at_signals();
		turns++;
	} while (strcmp(how, "waits") != 0 && !at_end());
	printf("registers=%lu\nshort=%lu\ninterrupted=%lu\nsignals=%lu\nturns=%lu\n", registers, shorter, interrupted, signals, turns);
	return 3;
}
