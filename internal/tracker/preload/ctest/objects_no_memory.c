/* Where there is no memory to keep what the loader has mapped, it is said how much is not
 * kept, and the rest is found. */
#include <stdio.h>

#include "../csrc/objects.h"
#include "../csrc/sys.h"

#include "host.h"

enum { OBJECTS = 2000 };

struct r_debug _r_debug; /* stands for the loader's */
static struct link_map maps[OBJECTS];
static char names[OBJECTS * sizeof "/lib"];

int main(void) {
	_r_debug.r_map = maps;
	for (unsigned i = 0; i < OBJECTS; i++) {
		maps[i] = (struct link_map){.l_addr = (i + 1) << 12, .l_ld = (void *)(uintptr_t)((i + 1) << 12 | 64), .l_name = "/lib"};
		maps[i].l_next = i + 1 < OBJECTS ? &maps[i + 1] : NULL;
	}
	sys_forbid(1u << SYS_CALL_MAP);
	struct objects_new fresh = objects_look(names, sizeof names);
	unsigned found = 0;
	for (unsigned i = 0; i < OBJECTS; i++) found += objects_at(maps[i].l_addr) != NULL;
	require(found > 0 && found + fresh.unplaced == OBJECTS);
	require(fresh.lo == (uintptr_t)maps[0].l_ld && fresh.hi == (uintptr_t)maps[OBJECTS - 1].l_ld && fresh.names_bytes == sizeof names);
	puts("all told of");
	return 0;
}
