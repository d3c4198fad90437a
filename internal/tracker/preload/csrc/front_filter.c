/* prctl and syscall are wrapped to see filters before they are installed. Whoever makes
 * the system call by an instruction of its own is not seen. */
#include "front_filter.h"

#include "process.h"
#include "resolve.h"
#include "sys.h"
#include "thread.h"

enum {
	PR_SET_SECCOMP_ = 22,
	PR_SET_TSC_ = 26,
	PR_TSC_SIGSEGV_ = 2,
	MODE_STRICT = 1,
	MODE_FILTER = 2,
	SECCOMP_SET_MODE_STRICT_ = 0,
	SECCOMP_SET_MODE_FILTER_ = 1,
	RET_ALLOW = 0x7fff0000,
	RET_LOG = 0x7ffc0000,
	ACTION = 0xffff0000,
	MOST_CODE = 4096 /* instructions that the kernel takes */
};

/* ---- a filter's program ---- */

/* What a filter sees (linux/seccomp.h). */
struct data {
	uint32_t nr, arch;
	uint64_t at, args[6];
};

/* Runs the program on a call (linux/filter.h; the kernel has seen to it, or will, that it
 * ends). Returns what it returns; 0, which lets nothing through, if it is malformed. */
static uint32_t evaluate(const struct bpf_code *code, size_t count, const struct data *data) {
	enum { LD, LDX, ST, STX, ALU, JMP, RET, MISC };
	uint32_t a = 0, x = 0, memory[16] = {0};
	for (size_t pc = 0; pc < count; pc++) {
		const struct bpf_code *c = &code[pc];
		uint32_t operand = c->op & 8 ? x : c->k, mode = c->op & 0xe0;
		switch (c->op & 7) {
		case LD:
		case LDX: {
			uint32_t value = c->k; /* an immediate */
			if (mode == 0x20) { /* of the data */
				if (c->k % 4 || c->k > sizeof *data - 4) return 0;
				memcpy(&value, (const char *)data + c->k, 4);
			} else if (mode == 0x60) {
				value = memory[c->k % COUNT_OF(memory)];
			} else if (mode == 0x80) {
				value = sizeof *data;
			}
			if ((c->op & 7) == LD) a = value;
			else x = value;
			break;
		}
		case ST: memory[c->k % COUNT_OF(memory)] = a; break;
		case STX: memory[c->k % COUNT_OF(memory)] = x; break;
		case ALU:
			switch (c->op & 0xf0) {
			case 0x00: a += operand; break;
			case 0x10: a -= operand; break;
			case 0x20: a *= operand; break;
			case 0x30:
				if (!operand) return 0;
				a /= operand;
				break;
			case 0x40: a |= operand; break;
			case 0x50: a &= operand; break;
			case 0x60: a = operand < 32 ? a << operand : 0; break;
			case 0x70: a = operand < 32 ? a >> operand : 0; break;
			case 0x80: a = 0 - a; break;
			case 0xa0: a ^= operand; break;
			default: return 0;
			}
			break;
		case JMP: {
			bool holds;
			switch (c->op & 0xf0) {
			case 0x00: pc += c->k; continue;
			case 0x10: holds = a == operand; break;
			case 0x20: holds = a > operand; break;
			case 0x30: holds = a >= operand; break;
			case 0x40: holds = a & operand; break;
			default: return 0;
			}
			pc += holds ? c->if_true : c->if_false;
			break;
		}
		case RET: return (c->op & 0x18) == 0x10 ? a : c->k;
		case MISC:
			if (c->op & 0x80) a = x;
			else x = a;
			break;
		}
	}
	return 0;
}

uint32_t bpf_forbids(const struct bpf_code *code, size_t count) {
	uint32_t forbidden = 0;
	for (unsigned i = 0; i < SYS_CALLS; i++) {
		struct data data = {.nr = (uint32_t)sys_calls[i].nr, .arch = arch_audit};
		for (unsigned k = 0; k < COUNT_OF(data.args); k++) data.args[k] = (uint64_t)sys_calls[i].args[k];
		uint32_t action = evaluate(code, count, &data) & ACTION;
		if (action != RET_ALLOW && action != RET_LOG) forbidden |= 1u << i;
	}
	return forbidden;
}

/* ---- the calls that install one ---- */

/* The program's struct sock_fprog. */
struct program {
	uint16_t count;
	const struct bpf_code *code;
};

static bool is_readable(uintptr_t at, size_t bytes) {
	enum { PAGE_BYTES = 4096 };
	if (!at || at % 8) return false;
	for (uintptr_t page = at & ~(uintptr_t)(PAGE_BYTES - 1); page < at + bytes; page += PAGE_BYTES)
		if (!sys_readable((const void *)page)) return false;
	return true;
}

static uint32_t forbidden_by(uintptr_t program) {
	enum { ALL = (1u << SYS_CALLS) - 1 };
	const struct program *p = (const struct program *)program;
	/* Of one that cannot be read nothing comes; of one that we cannot read, as after
	 * another filter, all may. */
	if (!is_readable(program, sizeof *p) || p->count > MOST_CODE || !is_readable((uintptr_t)p->code & ~(uintptr_t)7, p->count * sizeof *p->code)) return sys_may(SYS_CALL_READABLE) ? 0 : ALL;
	return bpf_forbids(p->code, p->count);
}

typedef long syscall_function(long, long, long, long, long, long, long);
typedef int prctl_function(int, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* The call with these arguments, which installs the filter of that program. */
static long install(uintptr_t program, syscall_function *call, const long *args) {
	bool records = core_start() && !process.off;
	uint32_t before = sys_forbidden();
	if (records) {
		uint32_t forbidden = forbidden_by(program) & ~before;
		if (forbidden) core_prepare_for_filter(forbidden, (uintptr_t)__builtin_frame_address(0));
		sys_forbid(before | forbidden);
	}
	long result = call(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	if (records && result < 0) sys_forbid(before);
	return result;
}

/* The call with these arguments, after which the clock of the events must not be read: at
 * the instruction for that the kernel would end the program. */
static long lose_clock(syscall_function *call, const long *args) {
	if (core_start() && !process.off) {
		process.clockless = true;
		if (thread_current) thread_current->live = 0;
	}
	return call(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
}

static long first_syscall(long nr, long a, long b, long c, long d, long e, long f);
extern syscall_function *front_filter_real_syscall __attribute__((visibility("hidden")));
syscall_function *front_filter_real_syscall = first_syscall;
static prctl_function *real_prctl;

void front_filter_find(void) {
	syscall_function *found = NULL;
	const struct wanted names[] = {{"syscall", (void **)&found}, {"prctl", (void **)&real_prctl}};
	resolve(names, COUNT_OF(names), NULL);
	if (found) store_release(&front_filter_real_syscall, found);
}

static long first_syscall(long nr, long a, long b, long c, long d, long e, long f) {
	front_filter_find();
	return front_filter_real_syscall == first_syscall ? -1 : front_filter_real_syscall(nr, a, b, c, d, e, f);
}

static long call_prctl(long option, long a, long b, long c, long d, long unused0, long unused1) {
	(void)unused0, (void)unused1;
	return real_prctl((int)option, (uintptr_t)a, (uintptr_t)b, (uintptr_t)c, (uintptr_t)d);
}

static long call_by_option(long option, uintptr_t a, uintptr_t b, syscall_function *call, const long *args) {
	if (option == PR_SET_SECCOMP_ && a == MODE_FILTER) return install(b, call, args);
	if ((option == PR_SET_SECCOMP_ && a == MODE_STRICT) || (option == PR_SET_TSC_ && a == PR_TSC_SIGSEGV_)) return lose_clock(call, args);
	return call(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
}

EXPORT int prctl(int option, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) {
	if (unlikely(!real_prctl)) front_filter_find();
	if (unlikely(!real_prctl)) return -1;
	const long args[] = {option, (long)a, (long)b, (long)c, (long)d, 0, 0};
	return (int)call_by_option(option, a, b, call_prctl, args);
}

/* The others are jumped on to: a child of a vfork returns on its parent's stack, which
 * must find nothing of ours. */
ARCH_SYSCALL_UNLESS_INSTALLS(syscall, front_filter_installs, front_filter_real_syscall)

long front_filter_installs(long nr, long a, long b, long c, long d, long e, long f) __attribute__((visibility("hidden")));
long front_filter_installs(long nr, long a, long b, long c, long d, long e, long f) {
	const long args[] = {nr, a, b, c, d, e, f};
	if (nr == NR_prctl) return call_by_option(a, (uintptr_t)b, (uintptr_t)c, front_filter_real_syscall, args);
	if (a == SECCOMP_SET_MODE_FILTER_) return install((uintptr_t)c, front_filter_real_syscall, args);
	if (a == SECCOMP_SET_MODE_STRICT_) return lose_clock(front_filter_real_syscall, args);
	return front_filter_real_syscall(nr, a, b, c, d, e, f);
}
