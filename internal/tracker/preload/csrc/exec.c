/* The call may be made by a child of vfork(2), or of what posix_spawn(3) is made of, which
 * has its parent's memory, a small stack and its parent's thread, which waits meanwhile. So
 * nothing here is left under way when the program begins, and little lies on the stack. */
#include "exec.h"

#include "process.h"
#include "ring.h"
#include "sys.h"
#include "thread.h"

enum { MOST_PATH = 4096, ROOM = 2 * MOST_PATH, LITTLE_ROOM = 256 };

static const uintptr_t NO_PAGE = ~(uintptr_t)0;

/* The kernel, not this, is to say what cannot be read. checked is the page that can be. */
static bool can_read(const char *p, uintptr_t *checked) {
	enum { LEAST_PAGE_SHIFT = 12 };
	uintptr_t page = (uintptr_t)p >> LEAST_PAGE_SHIFT;
	if (page == *checked) return true;
	if (!page || !sys_readable((const void *)((uintptr_t)p & ~(uintptr_t)7))) return false;
	*checked = page;
	return true;
}

/* The length of prefix if s begins with it, else 0. */
static size_t begins(const char *s, const char *prefix, uintptr_t *checked) {
	size_t n = 0;
	for (; prefix[n]; n++)
		if (!can_read(s + n, checked) || s[n] != prefix[n]) return 0;
	return n;
}

static bool holds(const char *s, const char *word, uintptr_t *checked) {
	for (; can_read(s, checked) && *s; s++)
		if (begins(s, word, checked)) return true;
	return false;
}

static uint64_t flags_of(char *const *environment) {
	uint64_t flags = 0;
	uintptr_t checked_list = NO_PAGE, checked = NO_PAGE;
	for (; can_read((const char *)environment, &checked_list) && *environment; environment++) {
		const char *s = *environment;
		size_t n = begins(s, "LD_PRELOAD=", &checked);
		if (n && holds(s + n, "libheapprof", &checked)) flags |= WIRE_EXEC_LIBRARY;
		if (begins(s, WIRE_ENV "=", &checked)) flags |= WIRE_EXEC_MEMORY;
	}
	return flags;
}

/* The whole path, as far as there is room. */
static size_t whole_path(const char *path, char *to, size_t room) {
	uintptr_t checked = NO_PAGE;
	size_t n = 0;
	if (can_read(path, &checked) && *path && *path != '/') {
		long got = sys_getcwd(to, room / 2); /* its length with the terminator */
		if (got > 1) {
			n = (size_t)got - 1;
			to[n++] = '/';
		}
	}
	for (; n < room && can_read(path, &checked) && *path; path++) to[n++] = *path;
	return n;
}

static void tell(uint64_t flags, const char *path, size_t bytes, struct thread *t) {
	if (!ring_reserve(t, 2 + wire_text_words(bytes))) return;
	t->stamp = record_stamp_before(t);
	struct wire_event2 e = wire_exec(t->stamp, flags, bytes);
	ring_write_text(t, e.w, 2, path, bytes, NULL, 0);
}

static uint64_t whose(void) { return sys_getpid() == process.pid ? WIRE_EXEC_OWN : 0; }

bool exec_announce(const char *path, char *const *environment, uintptr_t frame_address) {
	struct thread *t = thread_enter(frame_address);
	if (!t) return false;
	char little[LITTLE_ROOM]; /* where a limit on address space leaves no more */
	char *mapped = sys_map(ROOM), *whole = mapped ? mapped : little;
	size_t bytes = whole_path(path, whole, mapped ? ROOM : LITTLE_ROOM);
	tell(flags_of(environment) | whose(), whole, bytes, t);
	if (mapped) sys_unmap(mapped, ROOM);
	thread_leave(t);
	return true;
}

void exec_failed(uintptr_t frame_address) {
	struct thread *t = thread_enter(frame_address);
	if (!t) return;
	tell(WIRE_EXEC_FAILED | whose(), NULL, 0, t);
	thread_leave(t);
}
