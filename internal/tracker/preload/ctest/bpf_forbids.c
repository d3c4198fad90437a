/* Which of our own system calls a filter's program would not let through. */
#include <stdio.h>

#include "../csrc/bpf.h"
#include "../csrc/sys.h"

enum {
	LOAD = 0x20,
	EQUAL = 0x15,
	AND = 0x54,
	RETURN = 6,
	RETURN_A = 0x16,
	STORE = 2,
	LOAD_MEMORY = 0x60,
	TAKE_X = 7,
	DIVIDE_BY_X = 0x3c,
	JUMP = 5,
};
enum {
	NR = 0,
	ARCH = 4,
	FIRST = 16,
};
static const uint32_t kill = 0x80000000, allow = 0x7fff0000, lie = 0x00050001;

/* Of those that are forbidden one by one below. */
static const char *name_of(enum sys_call call) {
	switch (call) {
	case SYS_CALL_MAP_AGAIN: return "mremap";
	case SYS_CALL_GETPID: return "getpid";
	case SYS_CALL_READABLE: return "probing";
	default: return "another";
	}
}

static void show(const char *name, const struct bpf_code *code, size_t n) {
	uint32_t forbidden = bpf_forbids(code, n);
	printf("%s:", name);
	if (forbidden == (1u << SYS_CALLS) - 1) {
		puts(" all");
		return;
	}
	for (unsigned i = 0; i < SYS_CALLS; i++)
		if (forbidden >> i & 1) printf(" %s", name_of(i));
	puts("");
}

#define SHOW(name, ...) \
	do { \
		const struct bpf_code code[] = {__VA_ARGS__}; \
		show(name, code, sizeof code / sizeof *code); \
	} while (0)

int main(void) {
	SHOW("all allowed", {RETURN, 0, 0, allow});
	SHOW("none allowed", {RETURN, 0, 0, kill});
	SHOW("no end", {LOAD, 0, 0, NR});
	SHOW("another processor's", {LOAD, 0, 0, ARCH}, {EQUAL, 1, 0, arch_audit}, {RETURN, 0, 0, allow}, {RETURN, 0, 0, kill});
	SHOW("a lie about mremap", {LOAD, 0, 0, NR}, {EQUAL, 0, 1, NR_mremap}, {RETURN, 0, 0, lie}, {RETURN, 0, 0, allow});
	SHOW("by an argument", {LOAD, 0, 0, NR}, {EQUAL, 0, 3, NR_rt_sigprocmask}, {LOAD, 0, 0, FIRST}, {EQUAL, 1, 0, 2}, {RETURN, 0, 0, kill}, {RETURN, 0, 0, allow});
	SHOW("by memory and a register", {LOAD, 0, 0, NR}, {STORE, 0, 0, 3}, {AND, 0, 0, 0}, {TAKE_X, 0, 0, 0}, {LOAD_MEMORY, 0, 0, 3}, {EQUAL, 1, 0, NR_getpid}, {JUMP, 0, 0, 1}, {DIVIDE_BY_X, 0, 0, 0}, {RETURN, 0, 0, allow});
	SHOW("returned from the register", {LOAD, 0, 0, NR}, {RETURN_A, 0, 0, 0});
	SHOW("out of the data", {LOAD, 0, 0, 64}, {RETURN, 0, 0, allow});
	return 0;
}
