/* A process that forks while another thread walks through the loader's list, and so holds
 * its lock: the child must not ask the loader for anything. It allocates at a place where
 * its parent has not. A second child is made when the walk is over; it loads a library
 * (guest.c) and has that allocate 7 blocks.
 *
 *     walked LIBRARY */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <link.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

static pthread_barrier_t begun, forked;

static int hold(struct dl_phdr_info *info, size_t size, void *data)
{
	(void)info, (void)size, (void)data;
	pthread_barrier_wait(&begun);
	pthread_barrier_wait(&forked);
	return 1;
}

static void *volatile kept;

static void *walk(void *unused)
{
	free(kept = malloc(10));
	dl_iterate_phdr(hold, NULL);
	return unused;
}

static void allocate(const char *library)
{
	(void)library;
	for (int i = 0; i < 5; i++) free(kept = malloc(50));
}

static void load(const char *library)
{
	void *handle = dlopen(library, RTLD_NOW);
	void *(*make)(size_t) = handle ? (void *(*)(size_t))dlsym(handle, "guest_make") : NULL;
	if (!make) _exit(3);
	for (int i = 0; i < 7; i++) kept = make(70);
}

static int run(void (*work)(const char *), const char *library)
{
	int status = 1;
	pid_t child = fork();
	if (child == 0) {
		alarm(10); /* rather than wait for ever */
		work(library);
		_exit(0);
	}
	waitpid(child, &status, 0);
	return status;
}

int main(int argc, char **argv)
{
	if (argc < 2) return 2;
	pthread_t walker;
	pthread_barrier_init(&begun, NULL, 2);
	pthread_barrier_init(&forked, NULL, 2);
	pthread_create(&walker, NULL, walk, NULL);
	pthread_barrier_wait(&begun);
	int failed = run(allocate, argv[1]) != 0;
	pthread_barrier_wait(&forked);
	pthread_join(walker, NULL);
	return failed + 2 * (run(load, argv[1]) != 0);
}
