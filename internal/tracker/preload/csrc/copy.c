#include "copy.h"

#include "ring.h"
#include "shared.h"
#include "sys.h"
#include "text.h"

/* The numbers of copies that are this process's children, and that it has not let go of yet. */
enum { MOST_LEFT = 32 };
static int left[MOST_LEFT];

/* Lets go of copies that have ended, and takes note of another one. Those that find no place remain
 * until this process ends. */
static void leave(int pid) {
	for (unsigned i = 0; i < MOST_LEFT; i++) {
		if (left[i] && sys_reap(left[i])) left[i] = 0;
		if (!left[i]) {
			left[i] = pid;
			pid = 0;
		}
	}
}

static void tell(struct wire_copy *m, uint32_t state) {
	store_release(&m->state, state);
	sys_futex_wake(&m->state);
}

static void fail(struct wire_copy *m, long failed) {
	m->failed = (uint32_t)-failed;
	tell(m, WIRE_COPY_FAILED);
}

/* Reports whether the page that an address is in can be read, which is made so if the program does
 * not let itself read it. Of files, it may have no end. */
static bool can_read(uintptr_t at) {
	uintptr_t page = at & ~(uintptr_t)(SYS_PAGE - 1);
	return sys_readable((const void *)page) || (sys_protect(page, SYS_PAGE, SYS_READ) == 0 && sys_readable((const void *)page));
}

/* Copies memory of this process, and returns how much of it there is up to what cannot be read. */
static uint32_t read_memory(char *to, uintptr_t from, uint32_t bytes) {
	for (uint32_t n = 0, some; n < bytes; n += some) {
		uintptr_t at = from + n;
		some = (uint32_t)(SYS_PAGE - at % SYS_PAGE);
		if (some > bytes - n) some = bytes - n;
		if (!can_read(at)) return n;
		memcpy(to + n, (const char *)at, some);
	}
	return bytes;
}

/* What the copy does until it is killed, or nobody is left who would: it reads its memory. */
__attribute__((noreturn)) static void serve(struct wire_copy *m) {
	enum { LOOK_MS = 1000 };
	long failed = sys_part();
	if (failed) {
		fail(m, failed);
		sys_end();
	}
	tell(m, WIRE_COPY_MADE);
	while (!ring_recorder_died()) {
		uint32_t asked = load_acquire(&m->asked);
		if (asked == load_relaxed(&m->answered)) {
			sys_futex_wait(&m->asked, asked, LOOK_MS);
			continue;
		}
		uint32_t bytes = m->bytes < WIRE_COPY_READ_BYTES ? m->bytes : WIRE_COPY_READ_BYTES;
		m->got = read_memory((char *)m + WIRE_PAGE, m->from, bytes);
		store_release(&m->answered, asked);
		sys_futex_wake(&m->answered);
	}
	sys_end();
}

/* Makes the copy, with all signals blocked, which stay so in it. It shares the memory of the rings, and
 * writes nothing there. */
static void make(struct wire_copy *m) {
	store_release(&m->state, WIRE_COPY_TAKEN);
	if (sys_threads() != 1) return fail(m, -SYS_EBUSY);
	leave(0);
	m->thread = (uint32_t)sys_gettid();
	m->thread_pointer = arch_thread_pointer();
	m->pc = arch_registers(m->general);
	m->stamp = arch_stamp_after();
	long pid = sys_clone(m->sibling, &m->pid);
	if (pid == 0) serve(m);
	store_release(&m->made, arch_stamp_after());
	if (pid < 0) fail(m, pid);
	else if (!m->sibling) leave((int)pid);
}

/* A child of vfork has this process's memory, and one of fork the same place in the process table until it
 * begins its own recording. */
void copy_make(void) {
	uint64_t signals;
	if (process.off || load_relaxed(&process.paused) || !load_relaxed(process.alive) || sys_getpid() != process.pid || !sys_block_signals(&signals)) return;
	uint64_t at = __atomic_exchange_n(&process.slot->copy_at, 0, __ATOMIC_SEQ_CST);
	struct wire_copy *m = at ? shared_map_again(at, WIRE_COPY_BYTES) : NULL;
	if (m) {
		make(m);
		sys_unmap(m, WIRE_COPY_BYTES);
	}
	sys_restore_signals(signals);
}
