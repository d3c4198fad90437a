/* The call may be made by a child of vfork(2), which posix_spawn(3) uses too: it has its
 * parent's memory and thread state, while the parent waits, and a small stack. So every call
 * of core.h has ended here before the program begins, and little lies on the stack. */
#include "exec.h"

#include "core.h"
#include "path.h"
#include "probe.h"
#include "sys.h"

enum {
	MOST_PATH = 4096,
	ROOM = 2 * MOST_PATH,
	LITTLE_ROOM = 256,
};

/* Returns the length of prefix if s begins with it, else 0. Memory that cannot be read ends
 * s: to complain of it is the kernel's part. */
static size_t begins(const char *s, const char *prefix, struct probe *checked) {
	size_t n = 0;
	for (; prefix[n]; n++)
		if (!probe_byte(checked, s + n) || s[n] != prefix[n]) return 0;
	return n;
}

static bool holds(const char *s, const char *word, struct probe *checked) {
	for (; probe_byte(checked, s) && *s; s++)
		if (begins(s, word, checked)) return true;
	return false;
}

static uint64_t flags_of(char *const *environment) {
	uint64_t flags = 0;
	struct probe checked_list = {0}, checked = {0};
	for (; probe_byte(&checked_list, environment) && *environment; environment++) {
		const char *s = *environment;
		size_t n = begins(s, "LD_PRELOAD=", &checked);
		if (n && holds(s + n, "libheapprof", &checked)) flags |= WIRE_EXEC_LIBRARY;
		if (begins(s, WIRE_ENV "=", &checked)) flags |= WIRE_EXEC_MEMORY;
	}
	return flags;
}

/* Writes the absolute path of path to to, as far as there is room. Returns its length. */
static size_t whole_path(const char *path, char *to, size_t room) {
	struct probe checked = {0};
	size_t n = 0;
	if (probe_byte(&checked, path) && *path && *path != '/') n = path_directory(to, room);
	for (; n < room && probe_byte(&checked, path) && *path; path++) to[n++] = *path;
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
	CORE_CALL_AT(t, frame_address);
	if (!t) return false;
	char little[LITTLE_ROOM]; /* where a limit on address space leaves no more */
	char *mapped = sys_map(ROOM), *whole = mapped ? mapped : little;
	size_t bytes = whole_path(path, whole, mapped ? ROOM : LITTLE_ROOM);
	tell(flags_of(environment) | whose(), whole, bytes, t);
	if (mapped) sys_unmap(mapped, ROOM);
	return true;
}

void exec_failed(uintptr_t frame_address) {
	CORE_CALL_AT(t, frame_address);
	if (!t) return;
	tell(WIRE_EXEC_FAILED | whose(), NULL, 0, t);
}
