/* Allocates before main and after it: in .preinit_array (before any library's
 * constructor has run), in constructors, in main, in atexit handlers and in
 * destructors; some blocks are freed in a later phase than they were born in.
 * The counts are printed by the last destructor. Counts every block. */
#include <stdlib.h>

#include "count.h"

static char *from_preinit, *from_early, *from_late, *from_main, *from_exit;

static char *take(size_t size)
{
	char *p = malloc(size);
	count_alloc(size);
	return p;
}

static void give(char *p, size_t size)
{
	free(p);
	count_free(size);
}

static void preinit(int argc, char **argv, char **env)
{
	(void)argc, (void)argv, (void)env;
	from_preinit = take(101);
}

__attribute__((section(".preinit_array"), used))
static void (*const preinit_entry)(int, char **, char **) = preinit;

__attribute__((constructor(101))) static void early(void)
{
	from_early = take(1001);
}

__attribute__((constructor)) static void late(void)
{
	give(from_early, 1001);
	from_late = take(2002);
}

static void first_handler(void)
{
	give(from_exit, 505);
	from_exit = take(606);
}

static void second_handler(void)
{
	from_exit = take(505);
	give(from_main, 4004);
}

int main(void)
{
	give(from_late, 2002);
	from_main = take(4004);
	for (int i = 0; i < 40; i++) /* the 33rd handler needs a block of the C library's */
		if (atexit(i == 39 ? second_handler : i == 38 ? first_handler : (void (*)(void))count_peak))
			return 1;
	return 0;
}

__attribute__((destructor)) static void early_end(void)
{
	give(from_preinit, 101);
}

__attribute__((destructor(101))) static void last_end(void)
{
	take(707);
	count_print();
}
