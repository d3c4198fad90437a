#include "program.h"

#include "imports.h"
#include "path.h"
#include "probe.h"
#include "sys.h"
#include "text.h"

/* What the kernel told the process of its start. */
struct start {
	uintptr_t loader;   /* where it mapped the program's loader; 0: what it started has none, and may be a loader itself */
	const char *called; /* the path that exec was given; may be NULL */
};

static bool read_start(struct start *s) {
	uintptr_t words[2 * 40]; /* AT_VECTOR_SIZE is about 44 words at most */
	int fd = sys_open("/proc/self/auxv", false);
	if (fd < 0) return false;
	long got = sys_read(fd, words, sizeof words);
	sys_close(fd);
	if (got <= 0) return false;
	for (long i = 0; (i + 2) * (long)sizeof *words <= got; i += 2) {
		if (words[i] == AT_BASE) s->loader = words[i + 1];
		if (words[i] == AT_EXECFN) s->called = (const char *)words[i + 1];
	}
	return true;
}

/* Reports whether the text at s can be read: all of it, up to size bytes. */
static bool text_readable(const char *s, size_t size) {
	struct probe checked = {0};
	for (size_t i = 0; i < size; i++) {
		if (!probe_byte(&checked, s + i)) return false;
		if (s[i] == 0) return true;
	}
	return false;
}

static const char *base_name(const char *path) {
	const char *base = path;
	for (; *path; path++)
		if (*path == '/') base = path + 1;
	return base;
}

/* A link's name where the program was called by one: several programs are often one
 * file, and which one it is depends on the name. exe is where the link leads to. */
static size_t called_path(const char *called, const char *exe, char *path, size_t size) {
	static const char self[] = "/proc/self/exe";
	if (!called || !sys_may(SYS_CALL_READABLE) || !text_readable(called, size / 2) || !*called || text_equal(base_name(called), base_name(exe))) return 0;
	if (text_begins(called, "/proc/") || text_begins(called, "/dev/fd/")) return 0; /* a descriptor: the file has a better name */
	/* A script, or the program went to another directory. */
	if (!sys_same_file(called, self)) return 0;
	size_t n = 0;
	if (*called != '/') {
		while (text_begins(called, "./")) called += 2;
		n = path_directory(path, size);
		if (!n) return 0;
	}
	while (*called && n < size) path[n++] = *called++;
	return n;
}

/* /proc/self/maps has lines of "start-end rwxp offset device inode path". */
size_t program_mapped_path(uintptr_t at, char *path, size_t size) {
	enum { PATH_FIELD = 5 };
	static const char deleted[] = " (deleted)"; /* the kernel's addition, from some moment on */
	int fd = sys_open("/proc/self/maps", false);
	if (fd < 0) return 0;
	uintptr_t bounds[2] = {0, 0};
	size_t n = 0;
	int field = 0, bound = 0;
	bool space = false;
	char chunk[512];
	for (long got; (got = sys_read(fd, chunk, sizeof chunk)) > 0;) {
		for (long i = 0; i < got; i++) {
			char c = chunk[i];
			if (c == '\n') {
				if (n) goto found;
				bounds[0] = bounds[1] = 0;
				field = bound = 0;
				space = false;
			} else if (field == PATH_FIELD) {
				if (n < size && (n || c == '/') && at - bounds[0] < bounds[1] - bounds[0]) path[n++] = c;
			} else if (c == ' ') {
				space = true;
			} else {
				field += space;
				space = false;
				if (field == 0 && c == '-') bound = 1;
				else if (field == 0) bounds[bound] = bounds[bound] << 4 | (uintptr_t)(c <= '9' ? c - '0' : c - 'a' + 10);
				else if (field == PATH_FIELD) i--; /* the path's first character */
			}
		}
	}
found:
	sys_close(fd);
	if (n > sizeof deleted && n < size && text_bytes_equal(path + n - sizeof deleted + 1, deleted, sizeof deleted - 1)) n -= sizeof deleted - 1;
	return n;
}

static size_t find(uintptr_t start, char *path, size_t size) {
	struct start s = {0, NULL};
	bool known = read_start(&s), is_itself = true;
	char exe[1024];
	long n = sys_readlink("/proc/self/exe", exe, sizeof exe);
	if (known && !s.loader) { /* a static program; or ld.so ./program: the kernel's program is the loader */
		size_t mapped = program_mapped_path(start, path, size);
		is_itself = n > 0 && (size_t)n == mapped && text_bytes_equal(path, exe, mapped);
		if (mapped && !is_itself) return mapped;
	}
	if (known && is_itself && n > 0 && n < (long)sizeof exe) {
		exe[n] = 0;
		size_t called = called_path(s.called, exe, path, size);
		if (called) return called;
	}
	n = sys_readlink("/proc/self/exe", path, size);
	return n > 0 ? (size_t)n : 0;
}

size_t program_path(uintptr_t start, const char **path) {
	static char found[4096];
	static size_t bytes;
	if (!bytes) bytes = find(start, found, sizeof found);
	*path = found;
	return bytes;
}
