/* Loads and unloads the library LIBRARY over and over, which has an allocator of its own and calls it, while THREADS others allocate.
 * On each line of standard input it forks a child, which does the same with one thread and forks one of its own, and prints their numbers,
 * "children=A B"; they end with this process. The library's function is library_use, and each use counts. Ends when standard input does, and
 * prints how many uses there were.
 *
 * Usage: attached_loads LIBRARY THREADS */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <signal.h>
#include <unistd.h>

static atomic_bool ending;
static atomic_ulong uses, wrong;
static const char *library;

/* A child that is forked while a library is loaded may load none itself. */
static pthread_mutex_t loading = PTHREAD_MUTEX_INITIALIZER;

static void use(unsigned long n) {
	pthread_mutex_lock(&loading);
	void *handle = dlopen(library, RTLD_NOW);
	if (!handle) {
		fprintf(stderr, "%s\n", dlerror());
		_exit(1);
	}
	unsigned long (*library_use)(unsigned long) = (unsigned long (*)(unsigned long))dlsym(handle, "library_use");
	if (library_use(n) != n * 3) atomic_fetch_add(&wrong, 1);
	atomic_fetch_add(&uses, 1);
	dlclose(handle);
	pthread_mutex_unlock(&loading);
}

static void *load(void *arg) {
	(void)arg;
	for (unsigned long n = 0; !atomic_load(&ending); n++) use(n);
	return NULL;
}

static void *allocate(void *arg) {
	(void)arg;
	while (!atomic_load_explicit(&ending, memory_order_relaxed)) {
		char *p = malloc(100);
		memset(p, 1, 100);
		p = realloc(p, 300);
		if (p[99] != 1) atomic_fetch_add(&wrong, 1);
		free(p);
	}
	return NULL;
}

static pid_t begin_child(int deep) {
	pthread_mutex_lock(&loading);
	pid_t child = fork();
	pthread_mutex_unlock(&loading);
	if (child != 0) return child;
	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (deep) {
		pid_t own = begin_child(0);
		char line[64];
		int n = snprintf(line, sizeof line, "children=%d %d\n", (int)getpid(), (int)own);
		if (write(1, line, (size_t)n) != n) _exit(1);
	}
	for (unsigned long n = 0;; n++) {
		use(n);
		usleep(1000);
		if (wrong) abort();
	}
}

int main(int argc, char **argv) {
	library = argv[1];
	int threads = argc > 2 ? atoi(argv[2]) : 1;
	pthread_t loader, *t = calloc((size_t)threads, sizeof *t);
	if (pthread_create(&loader, NULL, load, NULL) != 0) return 1;
	for (intptr_t i = 0; i < threads; i++)
		if (pthread_create(&t[i], NULL, allocate, NULL) != 0) return 1;
	printf("ready\n");
	fflush(stdout);
	char c;
	while (read(0, &c, 1) > 0)
		if (c == '\n' && begin_child(1) < 0) return 1;
	atomic_store(&ending, 1);
	pthread_join(loader, NULL);
	for (int i = 0; i < threads; i++) pthread_join(t[i], NULL);
	printf("uses=%lu\nwrong=%lu\n", uses, wrong);
	fflush(stdout);
	return wrong != 0;
}
