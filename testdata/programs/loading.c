/* Threads that load libraries, call them and unload them, each its own or all the same
 * one, while others allocate. What it writes is what teller.h says. The arguments behind
 * the first are libraries: plugin.c's, in builds that differ. */
#define _GNU_SOURCE
#include "teller.h"
#include <dlfcn.h>
#include <pthread.h>

static char **libraries;
static int count;

static void *loads(void *given)
{
	for (long n = (long)given; !is_over(); n++) {
		int right = 0;
		void *library = dlopen(libraries[n % count], n % 3 == 0 ? RTLD_LAZY : RTLD_NOW);
		if (library != NULL) {
			void *(*allocate)(size_t);
			*(void **)&allocate = dlsym(library, "plugin_allocate");
			char *p = allocate != NULL ? allocate(100) : NULL;
			right = p != NULL;
			if (right)
				memset(p, 7, 100);
			free(p);
			right = dlclose(library) == 0 && right;
		}
		turn(right);
		rest();
	}
	return NULL;
}

static void *allocates(void *given)
{
	(void)given;
	while (!is_over()) {
		char *held[50];
		int right = 1;
		for (int i = 0; i < 50; i++) {
			held[i] = malloc((size_t)(i + 1) * 13);
			held[i][i * 13] = (char)i;
		}
		for (int i = 0; i < 50; i++) {
			right = held[i][i * 13] == i && right;
			free(held[i]);
		}
		turn(right);
		rest();
	}
	return NULL;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	libraries = argv + 2;
	count = argc - 2;
	if (count < 1)
		return 2;
	pthread_t all[4];
	for (long i = 0; i < 4; i++)
		pthread_create(&all[i], NULL, i < 2 ? loads : allocates, (void *)i);
	tell_until_end(NULL);
	for (int i = 0; i < 4; i++)
		pthread_join(all[i], NULL);
	tell();
	return 0;
}
