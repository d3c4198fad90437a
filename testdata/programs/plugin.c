/* A library to be dlopen'ed; plugin_host.c and reload.c load several of it. It
 * is built more than once: -DNAME=… gives its functions their names, -DPAD=… a
 * size to the frames, so that two builds have different frames at the same
 * addresses. It allocates in its constructor and destructor, too. */
#include <stdlib.h>

#ifndef NAME
#define NAME plugin
#endif
#ifndef PAD
#define PAD 24
#endif

#define GLUE(a, b) a##_##b
#define NAMED(a, b) GLUE(a, b)

static void *from_constructor;

__attribute__((constructor)) static void NAMED(NAME, load)(void)
{
	from_constructor = malloc(300 + PAD);
}

__attribute__((destructor)) static void NAMED(NAME, unload)(void)
{
	free(from_constructor);
	free(malloc(30 + PAD));
}

__attribute__((noinline)) static void *NAMED(NAME, inner)(size_t size)
{
	volatile char pad[PAD];
	pad[0] = 1;
	void *p = malloc(size);
	pad[PAD - 1] = 2;
	return p;
}

__attribute__((noinline)) static void *NAMED(NAME, outer)(size_t size)
{
	volatile char pad[PAD * 3];
	pad[0] = 1;
	void *p = NAMED(NAME, inner)(size + pad[0]);
	pad[PAD - 1] = 2;
	return p;
}

void *plugin_allocate(size_t size)
{
	volatile char pad[PAD * 2];
	pad[0] = 1;
	void *p = NAMED(NAME, outer)(size + pad[0]);
	pad[PAD - 1] = 2;
	return p;
}
