/* Two paths to the same place on the stack, the second of which leaves the return
 * addresses of the first one untouched beside its own: the first path's frames
 * are larger at one end and the second's at the other. Only the saved frame
 * pointers tell which path it is. A profiler that remembers the first stack and
 * looks at return addresses alone would take the second for the first. To be
 * built at -O0. Counts every block. */
#include <alloca.h>
#include <stdlib.h>

#include "count.h"

enum { ROOM = 4096 };

static void *place;

static void leaf(void)
{
	/* The paths must meet, or nothing is tested. */
	if (!place)
		place = __builtin_frame_address(0);
	if (place != __builtin_frame_address(0))
		_exit(98);
	void *p = malloc(10);
	count_alloc(10);
	free(p);
	count_free(10);
}

static void middle(int roomy)
{
	if (roomy)
		*(volatile char *)alloca(ROOM) = 0;
	leaf();
}

static void first(void)
{
	middle(1);
}

static void second(void)
{
	middle(0);
}

static void both(void)
{
	first();
	*(volatile char *)alloca(ROOM) = 0;
	second();
}

int main(void)
{
	for (int i = 0; i < 100; i++) {
		place = NULL;
		both();
	}
	count_print();
	return 0;
}
