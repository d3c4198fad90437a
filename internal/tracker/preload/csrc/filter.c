#include "filter.h"

#include "bpf.h"
#include "core.h"
#include "probe.h"

enum { MOST_CODE = 4096 /* instructions that the kernel takes */ };

/* The program's struct sock_fprog. */
struct program {
	uint16_t count;
	const struct bpf_code *code;
};

uint32_t filter_forbids(uintptr_t program) {
	const struct program *p = (const struct program *)program;
	/* The kernel refuses a filter that cannot be read. Where the tracker may not ask whether
	 * it can be read, as after another filter, the filter may forbid everything. */
	bool readable = program % 8 == 0 && probe_range(program, sizeof *p) && p->count <= MOST_CODE && probe_range((uintptr_t)p->code, p->count * sizeof *p->code);
	if (!readable) return sys_may(SYS_CALL_READABLE) ? 0 : FILTER_ALL;
	return bpf_forbids(p->code, p->count);
}

static void install(uintptr_t program, uintptr_t frame_address) {
	uint32_t before = sys_forbidden(), forbidden = filter_forbids(program) & ~before;
	if (forbidden) core_prepare_for_filter(forbidden, frame_address);
	sys_forbid(before | forbidden);
}

static void lose_clock(uint32_t forbidden) {
	core_pause();
	sys_forbid(sys_forbidden() | forbidden);
}

void filter_entered(long number, const uintptr_t *arguments, uintptr_t frame_address) {
	if (!core_records()) return;
	uintptr_t what = arguments[0], mode = arguments[1];
	if (number == NR_seccomp) {
		if (what == SECCOMP_SET_MODE_FILTER_) install(arguments[2], frame_address);
		else if (what == SECCOMP_SET_MODE_STRICT_) lose_clock(FILTER_ALL);
	} else if ((int)what == PR_SET_SECCOMP_) {
		if (mode == MODE_FILTER) install(arguments[2], frame_address);
		else if (mode == MODE_STRICT) lose_clock(FILTER_ALL);
	} else if ((int)what == PR_SET_TSC_ && mode == PR_TSC_SIGSEGV_) {
		lose_clock(0);
	}
}
