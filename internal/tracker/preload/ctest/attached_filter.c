/* A filter of system calls that a program installs while the library is in it is seen before it is installed: the library makes
 * none of the calls any more at which the system would end the program, and records what it can without. */
#include <linux/audit.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <pthread.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "attach.h"

enum { THREADS = 20,
	BLOCKS = 10 };

static struct attach here;
static pthread_barrier_t all;

static void *make_some(void *at_once) {
	for (int i = 0; i < BLOCKS; i++) free((void *)attach_call(&here, WIRE_ACTION_ALLOC, malloc, 50, 0));
	if (at_once) pthread_barrier_wait(&all);
	return NULL;
}

/* Ends the process at mremap(2), by which the library gets a thread's ring. */
static struct sock_filter code[] = {
	BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(struct seccomp_data, nr)),
	BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_mremap, 0, 1),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_KILL_PROCESS),
	BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
};
static struct sock_fprog program = {COUNT_OF(code), code};

int main(int argc, char **argv) {
	require(argc == 3);
	here = attach(argv[1], 0, attach_find_tid());
	require(here.guest != NULL);
	make_some(NULL);
	/* A function that does nothing, as it is moved: five bytes, which give r11 its value back, and its own. */
	uint8_t *moved = mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(moved != MAP_FAILED);
	memcpy(moved, (const uint8_t[]){0x0f, 0x1f, 0x44, 0, 0, 0xc3}, 6);
	bool by_prctl = strcmp(argv[2], "prctl") == 0;
	const uintptr_t installs[2][4] = {{PR_SET_SECCOMP, SECCOMP_MODE_FILTER, (uintptr_t)&program, 0}, {SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, (uintptr_t)&program}};
	attach_call_4(&here, WIRE_ACTION_FILTER, by_prctl ? 1 : 2, moved + 5, installs[!by_prctl]);
	require(prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 && prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program, 0, 0) == 0);
	make_some(NULL);
	pthread_t threads[THREADS];
	pthread_barrier_init(&all, NULL, THREADS);
	for (int i = 0; i < THREADS; i++) require(pthread_create(&threads[i], NULL, make_some, &all) == 0);
	for (int i = 0; i < THREADS; i++) pthread_join(threads[i], NULL);
	unsigned made = attach_count(&here, WIRE_KIND_ALLOC) + attach_count(&here, WIRE_KIND_ALLOC_SHORT), lost = (unsigned)attach_process(&here, 0)->lost;
	printf("of threads that came later some: %d; made or lost: %u\n", made > 2 * BLOCKS, made + lost);
	return 0;
}
