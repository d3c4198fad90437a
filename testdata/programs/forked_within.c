/* A signal handler that forks, at many instructions of the hooks of whoever records this: each
 * child returns from the handler, and goes on where that has interrupted. Ends with the number
 * of children that did not end as they should, at most 100.
 *
 * The processor's single steps (SIGTRAP behind each instruction) are what interrupts; those in
 * the tracker library are counted. It blocks all signals now and then, which a single step does
 * not survive: so it is made to leave SIGTRAP out, and nobody forks meanwhile. */
#define _GNU_SOURCE
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <ucontext.h>
#include <unistd.h>

enum { EVERY = 397, TRAP_FLAG = 0x100, DEPTH = 9 };

static uintptr_t start, end; /* the tracker's code */
static volatile int stepping, is_child;
static int failed;
static void *volatile kept[8];

static void find_tracker(void)
{
	char line[512], access[8];
	FILE *maps = fopen("/proc/self/maps", "r");
	while (maps && fgets(line, sizeof line, maps)) {
		uintptr_t from, to;
		if (strstr(line, "heapprof") && strstr(line, ".so") && sscanf(line, "%lx-%lx %7s", &from, &to, access) == 3 && access[2] == 'x') start = from, end = to;
	}
	if (maps) fclose(maps);
}

/* Reports whether signals are blocked, or are about to be by the instruction at ip. */
static int blocks_signals(uintptr_t ip, const greg_t *r)
{
	static int blocked;
	const uint8_t *code = (const uint8_t *)ip;
	if (code[0] != 0x0f || code[1] != 0x05 || r[REG_RAX] != SYS_rt_sigprocmask || r[REG_RDI] != SIG_SETMASK || !r[REG_RSI]) return blocked;
	uint64_t *set = (uint64_t *)r[REG_RSI];
	blocked = *set == ~0ull;
	if (blocked) *set &= ~(1ull << (SIGTRAP - 1));
	return 1;
}

static void step(int signal, siginfo_t *info, void *context)
{
	static unsigned steps;
	greg_t *r = ((ucontext_t *)context)->uc_mcontext.gregs;
	uintptr_t ip = (uintptr_t)r[REG_RIP];
	(void)signal, (void)info;
	if (!stepping) r[REG_EFL] &= ~TRAP_FLAG;
	if (!stepping || ip - start >= end - start || blocks_signals(ip, r) || ++steps % EVERY) return;
	int status = 0;
	pid_t child = fork();
	if (child == 0) {
		is_child = 1;
		stepping = 0;
		r[REG_EFL] &= ~TRAP_FLAG;
		alarm(10);
		return;
	}
	waitpid(child, &status, 0);
	failed += status != 0 || child < 0;
}

__attribute__((noinline)) static void *allocate(int depth, unsigned way)
{
	void *block;
	if (depth == 0) return way % 2 ? calloc(3, 11) : realloc(malloc(way), 400);
	if (way >> depth & 1) block = allocate(depth - 1, way);
	else block = allocate(depth - 1, way);
	__asm__ volatile("" : "+r"(block));
	return block;
}

static void work(unsigned way)
{
	for (unsigned i = 0; i < 12; i++) {
		void *block = allocate(DEPTH, way + i % 4 * 77);
		free(kept[i % 8]);
		kept[i % 8] = block;
	}
}

int main(void)
{
	struct sigaction action = {.sa_sigaction = step, .sa_flags = SA_SIGINFO | SA_NODEFER};
	find_tracker();
	work(3000);
	sigaction(SIGTRAP, &action, NULL);
	stepping = 1;
	__asm__ volatile("pushf; orl %0, (%%rsp); popf" ::"i"(TRAP_FLAG) : "memory", "cc");
	work(1000);
	__asm__ volatile("pushf; andl %0, (%%rsp); popf" ::"i"(~TRAP_FLAG) : "memory", "cc");
	stepping = 0;
	if (is_child) {
		work(2000);
		_exit(0);
	}
	return start == 0 ? 101 : failed < 100 ? failed : 100;
}
