/* prctl and syscall are wrapped to see filters before they are installed. A program that
 * makes the system call by an instruction of its own is not seen. */
#include "front_filter.h"

#include "core.h"
#include "filter.h"
#include "resolve.h"
#include "sys.h"

typedef long syscall_function(long, long, long, long, long, long, long);
typedef int prctl_function(int, uintptr_t, uintptr_t, uintptr_t, uintptr_t);

/* Makes the call with these arguments, which installs a filter with that program. */
static long install(uintptr_t program, syscall_function *call, const long *args) {
	bool records = core_records();
	uint32_t before = sys_forbidden();
	if (records) {
		uint32_t forbidden = filter_forbids(program) & ~before;
		if (forbidden) core_prepare_for_filter(forbidden, (uintptr_t)__builtin_frame_address(0));
		sys_forbid(before | forbidden);
	}
	long result = call(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
	if (records && result < 0) sys_forbid(before);
	return result;
}

/* Makes the call with these arguments, after which the clock of the events must not be read:
 * the kernel would end the program at the instruction for that. forbidden: nor must these system
 * calls be made. */
static long lose_clock(uint32_t forbidden, syscall_function *call, const long *args) {
	if (core_records()) {
		core_pause();
		sys_forbid(sys_forbidden() | forbidden);
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
	if (option == PR_SET_SECCOMP_ && a == MODE_STRICT) return lose_clock(FILTER_ALL, call, args);
	if (option == PR_SET_TSC_ && a == PR_TSC_SIGSEGV_) return lose_clock(0, call, args);
	return call(args[0], args[1], args[2], args[3], args[4], args[5], args[6]);
}

EXPORT int prctl(int option, uintptr_t a, uintptr_t b, uintptr_t c, uintptr_t d) {
	if (unlikely(!real_prctl)) front_filter_find();
	if (unlikely(!real_prctl)) return -1;
	const long args[] = {option, (long)a, (long)b, (long)c, (long)d, 0, 0};
	return (int)call_by_option(option, a, b, call_prctl, args);
}

/* Other system calls are jumped on to: a child of a vfork returns on its parent's stack,
 * where no frame of the tracker may lie. */
ARCH_SYSCALL_UNLESS_INSTALLS(syscall, front_filter_installs, front_filter_real_syscall)

long front_filter_installs(long nr, long a, long b, long c, long d, long e, long f) __attribute__((visibility("hidden")));
long front_filter_installs(long nr, long a, long b, long c, long d, long e, long f) {
	const long args[] = {nr, a, b, c, d, e, f};
	if (nr == NR_prctl) return call_by_option(a, (uintptr_t)b, (uintptr_t)c, front_filter_real_syscall, args);
	if (a == SECCOMP_SET_MODE_FILTER_) return install((uintptr_t)c, front_filter_real_syscall, args);
	if (a == SECCOMP_SET_MODE_STRICT_) return lose_clock(FILTER_ALL, front_filter_real_syscall, args);
	return front_filter_real_syscall(nr, a, b, c, d, e, f);
}
