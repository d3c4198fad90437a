#include "process.h"

#include "sys.h"

struct process process;

uint32_t process_pid_outside(void) {
	char name[16];
	long n = sys_readlink("/proc/self", name, sizeof name);
	uint32_t pid = 0;
	for (long i = 0; i < n; i++) pid = pid * 10 + (uint32_t)(name[i] - '0');
	return pid ? pid : (uint32_t)sys_getpid();
}

void process_count_unprofiled(struct wire_control *c) {
	uint32_t pid = process_pid_outside();
	uint32_t *last = &c->counted[pid % WIRE_MAX_COUNTED];
	if (__atomic_exchange_n(last, pid, __ATOMIC_RELAXED) != pid) add_relaxed(&c->unprofiled, 1);
}

void process_stop(void) { store_relaxed(&process.off, true); }

void process_count_lost(void) { add_relaxed(&process.slot->lost, 1); }

void process_count_deep(uint32_t depth) {
	uint32_t *deepest = &process.slot->deepest, before = load_relaxed(deepest);
	while (depth > before && !__atomic_compare_exchange_n(deepest, &before, depth, true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}
