#include "above.h"

#include "sys.h"

static const uintptr_t BELOW = 1ull << 32;

/* The fields of /proc/PID/stat that are wanted (proc_pid_stat(5)), the first of which is 1. */
enum {
	STAT_NAME_END = 2,
	STAT_CODE = 26,
	STAT_STACK = 28,
	STAT_DATA = 45,
	STAT_BREAK = 47,
	STAT_ARGUMENTS = 48,
	STAT_ENVIRONMENT = 50,
	STAT_FIELDS = 52,
};

static bool read_stat(uint64_t *fields) {
	char text[1024];
	int fd = sys_open("/proc/self/stat", false);
	if (fd < 0) return false;
	long n = sys_read(fd, text, sizeof text), at = n - 1;
	sys_close(fd);
	while (at > 0 && text[at] != ')') at--; /* the name may have any */
	unsigned field = STAT_NAME_END;
	for (; at < n && field < STAT_FIELDS; at++) {
		if (text[at] == ' ') fields[++field] = 0;
		else if (text[at] >= '0' && text[at] <= '9') fields[field] = fields[field] * 10 + (uint64_t)(text[at] - '0');
	}
	return field == STAT_FIELDS;
}

/* Returns where position-independent programs have it, as far away from what is there now. */
static uintptr_t place_above(uintptr_t now) {
	uintptr_t stack = (uintptr_t)__builtin_frame_address(0);
	return (stack / 3 * 2 + now) & ~(uintptr_t)(SYS_LARGEST_PAGE - 1);
}

/* Needs a kernel that can restore processes (CONFIG_CHECKPOINT_RESTORE), and no privilege. */
static bool move(uintptr_t now) {
	uint64_t fields[STAT_FIELDS + 1] = {0};
	if (!read_stat(fields) || fields[STAT_BREAK] != now) return false;
	uintptr_t to = place_above(now);
	struct sys_memory m = {
		.code = {fields[STAT_CODE], fields[STAT_CODE + 1]},
		.data = {fields[STAT_DATA], fields[STAT_DATA + 1]},
		.first_break = to,
		.now_break = to,
		.stack = fields[STAT_STACK],
		.arguments = {fields[STAT_ARGUMENTS], fields[STAT_ARGUMENTS + 1]},
		.environment = {fields[STAT_ENVIRONMENT], fields[STAT_ENVIRONMENT + 1]},
		.executable = -1,
	};
	return to > BELOW && sys_set_memory(&m) && sys_break() == to;
}

static void put_fence(uintptr_t now) {
	for (uintptr_t page = SYS_PAGE; page <= SYS_LARGEST_PAGE; page *= SYS_LARGEST_PAGE / SYS_PAGE) {
		uintptr_t at = (now + page - 1) & ~(page - 1);
		if (!sys_map_at(at, page)) continue;
		sys_protect(at, page, SYS_NO_ACCESS);
		return;
	}
}

void above_move_break(bool fence) {
	uintptr_t now = sys_break();
	if (now && now < BELOW && !move(now) && fence) put_fence(now);
}
