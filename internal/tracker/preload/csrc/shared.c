#include "shared.h"

#include "imports.h"
#include "sys.h"
#include "text.h"

static struct wire_control *control;

/* Copies the value of WIRE_ENV out of the environment; "" where there is none. */
static void find_recorder(char *value, size_t size) {
	static const char name[] = WIRE_ENV "=";
	value[0] = 0;
	if (&environ && environ) {
		for (char **e = environ; *e; e++) {
			size_t i = 0;
			while (name[i] && (*e)[i] == name[i]) i++;
			if (name[i]) continue;
			size_t n = 0;
			for (const char *from = *e + i; *from && n + 1 < size; from++) value[n++] = *from;
			value[n] = 0;
			return;
		}
		return;
	}
	/* Called before libc has set environ. */
	int fd = sys_open("/proc/self/environ", false);
	if (fd < 0) return;
	char chunk[512];
	size_t matched = 0, n = 0;
	bool skip = false, in_value = false;
	for (long got; (got = sys_read(fd, chunk, sizeof chunk)) > 0;) {
		for (long i = 0; i < got; i++) {
			char c = chunk[i];
			if (c == 0) {
				if (in_value) goto found;
				matched = 0;
				skip = false;
			} else if (in_value) {
				if (n + 1 < size) value[n++] = c;
			} else if (!skip) {
				if (c != name[matched]) skip = true;
				else if (name[++matched] == 0) in_value = true;
			}
		}
	}
found:
	value[n] = 0;
	sys_close(fd);
}

/* "pid:descriptor" to "/proc/pid/fd/descriptor". */
static bool recorder_path(const char *value, char *path, size_t size) {
	size_t n = 0;
	bool colon = false;
	for (const char *s = "/proc/"; *s; s++) path[n++] = *s;
	for (; *value; value++) {
		if (n + 8 > size) return false;
		if (*value >= '0' && *value <= '9') {
			path[n++] = *value;
		} else if (*value == ':' && !colon) {
			colon = true;
			for (const char *s = "/fd/"; *s; s++) path[n++] = *s;
		} else {
			return false;
		}
	}
	path[n] = 0;
	return colon;
}

static char memory_path[96];

static void *map_file(const char *path, uint64_t offset, size_t bytes) {
	int fd = sys_open(path, true);
	if (fd < 0) return NULL;
	void *p = sys_map_shared(fd, offset, bytes);
	sys_close(fd);
	return p;
}

void *shared_map(uint64_t offset, size_t bytes) { return memory_path[0] ? map_file(memory_path, offset, bytes) : NULL; }

void *shared_map_again(uint64_t offset, size_t bytes) {
	char *all = sys_map_again(control, offset + bytes);
	if (!all) return shared_map(offset, bytes);
	if (offset) sys_unmap(all, offset);
	return all + offset;
}

void shared_show_life(void) {
	char path[sizeof memory_path + 16];
	size_t n = text_length(memory_path);
	memcpy(path, memory_path, n);
	while (path[n - 1] != '/') n--;
	char digits[10];
	size_t count = 0;
	for (uint32_t fd = control->life; count == 0 || fd; fd /= 10) digits[count++] = (char)('0' + fd % 10);
	while (count) path[n++] = digits[--count];
	path[n] = 0;
	map_file(path, 0, 1);
}

struct wire_control *shared_adopt(struct wire_control *c) {
	bool records = c->magic == WIRE_MAGIC && c->version == WIRE_VERSION && load_acquire(&c->recorder) == WIRE_RECORDER_ON;
	return records ? control = c : NULL;
}

struct wire_control *shared_open(void) {
	char value[64];
	find_recorder(value, sizeof value);
	if (!recorder_path(value, memory_path, sizeof memory_path)) return NULL;
	struct wire_control *c = shared_map(0, WIRE_PAGE);
	if (!c) return NULL;
	if (shared_adopt(c)) return c;
	sys_unmap(c, WIRE_PAGE);
	return NULL;
}
