#include "probe.h"

#include "sys.h"

bool probe_byte(struct probe *p, const void *at) {
	uintptr_t page = (uintptr_t)at / SYS_PAGE;
	if (!page) return false;
	if (page == p->page) return true;
	/* The kernel looks at eight bytes: those that the byte is among, which the program has
	 * written. Others of the page it may not have, and valgrind would tell of them. */
	if (!sys_readable((const void *)((uintptr_t)at & ~(uintptr_t)7))) return false;
	p->page = page;
	return true;
}

bool probe_range(uintptr_t at, size_t bytes) {
	struct probe p = {0};
	for (uintptr_t end = at + bytes; at < end; at = (at / SYS_PAGE + 1) * SYS_PAGE)
		if (!probe_byte(&p, (const void *)at)) return false;
	return true;
}
