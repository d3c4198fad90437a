/* Says its process id and allocates with two threads until it is killed. The file
 * argv[1] is mapped and holds, for each thread, 64-bit numbers that outlive it:
 * blocks it has begun to allocate and those that it has, and the same for the
 * blocks that it has freed. A block in three is freed. */
#include <fcntl.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

struct progress {
	_Atomic uint64_t begun, allocated, freeing, freed;
};

static void *work(void *arg)
{
	struct progress *p = arg;
	for (uint64_t i = 0;; i++) {
		p->begun++;
		char *block = malloc(16 + i % 8);
		*block = 1;
		p->allocated++;
		if (i % 3 == 0) {
			p->freeing++;
			free(block);
			p->freed++;
		}
	}
	return NULL;
}

int main(int argc, char **argv)
{
	int fd = argc > 1 ? open(argv[1], O_RDWR | O_CREAT, 0600) : -1;
	if (fd < 0 || ftruncate(fd, 4096))
		return 1;
	struct progress *p = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		return 1;
	char line[32];
	int n = snprintf(line, sizeof line, "%d\n", getpid());
	pthread_t thread;
	if (pthread_create(&thread, NULL, work, p) || write(1, line, n) != n)
		return 1;
	work(p + 1);
}
