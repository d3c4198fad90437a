#include "join.h"

#include "guest.h"
#include "lend.h"
#include "limit.h"
#include "mapped.h"
#include "process.h"
#include "ring.h"
#include "sampled.h"
#include "shared.h"
#include "sys.h"

static bool is_wanted(struct wire_control *c, uint32_t pid) {
	uint32_t root = 0;
	if (__atomic_compare_exchange_n(&c->root_pid, &root, pid, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return true;
	return root == pid || (c->flags & WIRE_CHILDREN);
}

/* Returns whether the process has its badge. */
static bool put_on_badge(uint32_t index) {
	size_t bytes = WIRE_BADGE_BYTES(index);
	void *badge = shared_map_again(WIRE_BADGE_AT(index), bytes);
	if (badge) mapped_move(badge, process_own_mapping());
	return badge && sys_protect((uintptr_t)badge, bytes, SYS_NO_ACCESS) == 0 && sys_keep_from_children(badge, bytes) == 0;
}

/* Maps the part of the process table that a place is in, and no more: the program may
 * have little address space. Until then a forked child has its parent's part mapped. */
static struct wire_process *map_slot(uint32_t index) {
	uint32_t at = index * (uint32_t)sizeof(struct wire_process), in_page = at % WIRE_PAGE;
	char *page = shared_map_again(WIRE_PROCESSES_AT + at - in_page, WIRE_PAGE);
	if (!page) return NULL;
	if (process.slot_page) sys_unmap(process.slot_page, WIRE_PAGE);
	process.slot_page = page;
	return (struct wire_process *)(page + in_page);
}

/* Takes a place in the process table. A process without one is not recorded. */
static bool claim_slot(uint32_t pid, uint32_t parent, uint32_t fork, bool wants_plan) {
	struct wire_control *c = process.control;
	uint32_t index = add_relaxed(&c->processes, 1);
	struct wire_process *slot = index < WIRE_MAX_PROCESSES ? map_slot(index) : NULL;
	uint32_t nobody = 0;
	/* The program may have written over the count. */
	if (!slot ||
		!__atomic_compare_exchange_n(&slot->state, &nobody, WIRE_PROCESS_CLAIMED, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) {
		process_count_unprofiled(c);
		return false;
	}
	process.slot = slot;
	process.index = index;
	process.slot->pid = pid;
	process.slot->elsewhere = process.elsewhere;
	process.slot->own_pid = (uint32_t)process.pid;
	process.slot->badge = put_on_badge(index);
	process.slot->start = arch_stamp_after();
	process.slot->parent = parent;
	process.slot->fork = fork;
	process.slot->apart = process.apart;
	process.slot->lend = lend_address();
	process.slot->guest = guest_address();
	process.slot->python = process.python_state;
	process.slot->python_version = process.python_version;
	process.slot->plan = wants_plan ? WIRE_PLAN_WANTED : 0;
	process.slot->plan_to = ~0ull;
	store_release(&process.slot->state, WIRE_PROCESS_READY);
	return true;
}

/* Waits until the recorder has seen this process. Where its number does not tell which
 * process it is, the recorder must see it while it lives, to name the profile after it. */
static void wait_to_be_seen(void) {
	enum {
		TRIES = 4,
		WAIT_MS = 25,
	};
	for (int i = 0; i < TRIES && load_acquire(&process.slot->state) == WIRE_PROCESS_READY; i++) {
		ring_doorbell();
		sys_futex_wait(&process.slot->state, WIRE_PROCESS_READY, WAIT_MS);
	}
}

/* Takes over what the recorder wants. Returns whether this process, by that number, is one that it records. */
static bool begin(struct wire_control *c, uint32_t pid, int own_pid) {
	process.pid = own_pid;
	process.elsewhere = pid != (uint32_t)own_pid;
	process.max_nodes = c->max_nodes < WIRE_MAX_NODES ? c->max_nodes : WIRE_MAX_NODES;
	process.depth = c->depth < WIRE_MAX_DEPTH ? c->depth : WIRE_MAX_DEPTH;
	process.control = c;
	process.sample_mean = c->sample_mean;
	process.frees = c->flags & WIRE_FREES;
	process.retained = c->flags & WIRE_RETAINED;
	process.alive = sys_map(WIRE_PAGE);
	/* Where memory cannot be wiped on a fork (Linux before 4.14) a child would write into its
	 * parent's rings. */
	if (!is_wanted(c, pid) || !process.alive || (process.sample_mean && !sampled_begin()) || !limit_begin() || sys_wipe_on_fork(process.alive, WIRE_PAGE) != 0) {
		process_count_unprofiled(c);
		return false;
	}
	*process.alive = 1;
	process.apart = process.retained;
	return true;
}

bool join_recorder(void) {
	struct wire_control *c = shared_open();
	if (!c) return false;
	uint32_t pid = process_pid_outside();
	if (!begin(c, pid, sys_getpid())) return false;
	shared_show_life();
	return claim_slot(pid, 0, 0, c->flags & WIRE_PATCH);
}

bool join_attached(struct wire_control *c, uint32_t pid, uint32_t own_pid) { return shared_adopt(c) && begin(c, pid, (int)own_pid) && claim_slot(pid, 0, 0, false); }

bool join_as_child(uint32_t parent, uint32_t fork) {
	if (!claim_slot(0, parent, fork, false)) return false;
	if (process.elsewhere) wait_to_be_seen();
	return true;
}
