/* Brings a CPython by dlopen, when there are threads already, has it run a script, and unloads it: as often as the third argument says.
 * Meanwhile another thread allocates and frees, and none of its blocks comes of Python.
 *
 *     python_embedded LIBRARY SCRIPT TIMES [wait]
 *
 * wait: it says "ready", and goes on when its standard input is closed. Where the library stays loaded that is said; at the end it says
 * how often the other thread has allocated. */
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static atomic_int over;
static atomic_ulong made;

__attribute__((noinline)) static void beside(void) {
	void *volatile block = malloc(48);
	free(block);
	atomic_fetch_add(&made, 1);
}

static void *allocate(void *unused) {
	(void)unused;
	while (!over) {
		for (int i = 0; i < 10; i++) beside();
		usleep(50);
	}
	return NULL;
}

static void *symbol(void *library, const char *name) {
	void *s = dlsym(library, name);
	if (!s) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	return s;
}

static void run(const char *path, const char *script) {
	void *library = dlopen(path, RTLD_NOW | RTLD_GLOBAL);
	if (!library) {
		fprintf(stderr, "%s\n", dlerror());
		exit(1);
	}
	((void (*)(int))symbol(library, "Py_InitializeEx"))(0);
	FILE *f = fopen(script, "r");
	if (!f || ((int (*)(FILE *, const char *))symbol(library, "PyRun_SimpleFile"))(f, script) != 0) exit(1);
	fclose(f);
	if (((int (*)(void))symbol(library, "Py_FinalizeEx"))() != 0) exit(1);
	dlclose(library);
	if (dlopen(path, RTLD_LAZY | RTLD_NOLOAD)) puts("stays loaded");
}

int main(int argc, char **argv) {
	if (argc < 4) return 2;
	pthread_t other;
	if (pthread_create(&other, NULL, allocate, NULL) != 0) return 1;
	if (argc > 4 && strcmp(argv[4], "wait") == 0) {
		puts("ready");
		fflush(stdout);
		while (getchar() != EOF) continue;
	}
	for (int i = atoi(argv[3]); i > 0; i--) run(argv[1], argv[2]);
	over = 1;
	pthread_join(other, NULL);
	printf("%lu beside\n", (unsigned long)made);
	return 0;
}
