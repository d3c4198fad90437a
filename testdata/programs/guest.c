/* A library that modules.c loads in unusual ways, and preloads. It allocates and
 * frees, calls back, opens another library of the name it is given, and picks a
 * function of its own by an IFUNC. Its constructor leaves a block of 321 bytes. */
#include <dlfcn.h>
#include <stdlib.h>

static void *from_constructor;

__attribute__((constructor)) static void guest_load(void)
{
	from_constructor = malloc(321);
}

__attribute__((destructor)) static void guest_unload(void)
{
	free(from_constructor);
}

static size_t same(size_t size) { return size; }

static size_t (*choose_same(void))(size_t) { return same; }

size_t guest_size(size_t size) __attribute__((ifunc("choose_same")));

__attribute__((noinline)) void *guest_make(size_t size)
{
	void *p = malloc(guest_size(size));
	__asm__ volatile("" ::: "memory");
	return p;
}

void guest_drop(void *p) { free(p); }

__attribute__((noinline)) void *guest_call(void *(*back)(size_t), size_t size)
{
	void *p = back(size);
	__asm__ volatile("" ::: "memory");
	return p;
}

void *guest_open(const char *name) { return dlopen(name, RTLD_NOW); }
