/* However many objects the loader has mapped, each is found; where there is no memory to
 * keep them, it is said how many are not. */
#include <stdio.h>

#include "../csrc/objects.h"
#include "../csrc/sys.h"

#include "host.h"

enum { OBJECTS = 6000 };

/* Stands for the loader's. */
struct r_debug _r_debug;
static struct link_map maps[OBJECTS];
static char names[OBJECTS * sizeof "/lib"];

static struct objects_new look_at(unsigned from, unsigned to) {
	_r_debug.r_map = &maps[from];
	for (unsigned i = from; i < to; i++) {
		maps[i] = (struct link_map){.l_addr = (i + 1) << 12, .l_ld = (void *)(uintptr_t)((i + 1) << 12 | 64), .l_name = "/lib"};
		maps[i].l_next = i + 1 < to ? &maps[i + 1] : NULL;
	}
	return objects_look(names, sizeof names);
}

int main(void) {
	struct objects_new fresh = look_at(0, OBJECTS);
	require(fresh.names_bytes == sizeof names && fresh.unplaced == 0);
	for (unsigned i = 0; i < OBJECTS; i++) require(objects_at(maps[i].l_addr)->dynamic == (uintptr_t)maps[i].l_ld);
	printf("%d found\n", OBJECTS);

	fresh = look_at(0, OBJECTS);
	require(fresh.lo > fresh.hi);
	puts("no new ones");

	fresh = look_at(OBJECTS - 1, OBJECTS);
	require(fresh.lo > fresh.hi);
	sys_forbid(1u << SYS_CALL_MAP);
	fresh = look_at(0, OBJECTS);
	require(fresh.unplaced == 0);
	puts("places used again");
	return 0;
}
