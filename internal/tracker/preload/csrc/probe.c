#include "probe.h"

#include "sys.h"

bool probe_byte(struct probe *p, const void *at) {
	uintptr_t page = (uintptr_t)at / SYS_PAGE;
	if (!page) return false;
	if (page == p->page) return true;
	if (!sys_readable((const void *)(page * SYS_PAGE))) return false;
	p->page = page;
	return true;
}

bool probe_range(uintptr_t at, size_t bytes) {
	struct probe p = {0};
	for (uintptr_t page = at & ~(uintptr_t)(SYS_PAGE - 1); page < at + bytes; page += SYS_PAGE)
		if (!probe_byte(&p, (const void *)page)) return false;
	return true;
}
