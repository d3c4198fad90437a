/* Works in turns: each keeps a block of 1000 bytes by load and frees ten of 64 by parse, and takes 10 ms. The argument says how
   many. Before it begins it prints what of heapprof's is in its environment; it ends with status 7. */
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

static void *kept[1000];

__attribute__((noinline)) static void *load(void) { return malloc(1000); }

__attribute__((noinline)) static void parse(void) {
	for (int i = 0; i < 10; i++) {
		void *volatile p = malloc(64);
		free(p);
	}
}

int main(int argc, char **argv) {
	int turns = argc > 1 ? atoi(argv[1]) : 1;
	const char *token = getenv("HEAPPROF_PUSH_TOKEN");
	printf("token: %s\n", token ? token : "none");
	fflush(stdout);
	for (int i = 0; i < turns && i < 1000; i++) {
		kept[i] = load();
		parse();
		nanosleep(&(struct timespec){.tv_nsec = 10 * 1000 * 1000}, NULL);
	}
	return 7;
}
