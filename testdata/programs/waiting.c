/* Eight threads that wait, of which the first waits for the end of standard input; then
 * each allocates and frees a while, and the program says "turns=" and a number that does
 * not depend on anything, and ends with 3. With "hidden" nobody but root may look into
 * it; with "kills=N,N" it is killed if it makes a system call of one of these numbers. */
#if __has_include(<linux/filter.h>) /* musl-gcc has none of the kernel's */
#include <linux/filter.h>
#include <linux/seccomp.h>
#endif
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>

enum { THREADS = 8, ROUNDS = 20000 };

static pthread_barrier_t begin;

static void *works(void *given)
{
	unsigned long *sum = given;
	pthread_barrier_wait(&begin);
	char *held[64] = {0};
	for (unsigned i = 0; i < ROUNDS; i++) {
		char **place = &held[i * 2654435761u >> 26];
		size_t size = 1 + i % 3000;
		free(*place);
		*place = malloc(size);
		memset(*place, (int)(i & 0x7f), size);
		*sum += (unsigned long)(*place)[size - 1];
	}
	for (unsigned i = 0; i < 64; i++)
		free(held[i]);
	return NULL;
}

/* Has the system kill the process at calls whose numbers the text tells. */
static void kill_at(const char *numbers)
{
#ifdef BPF_JMP
	struct sock_filter code[64] = {{BPF_LD | BPF_W | BPF_ABS, 0, 0, 0}};
	unsigned short n = 1;
	while (*numbers != 0 && n + 3u < sizeof(code) / sizeof(code[0])) {
		char *end;
		unsigned number = (unsigned)strtoul(numbers, &end, 10);
		numbers = *end == ',' ? end + 1 : end;
		code[n++] = (struct sock_filter){BPF_JMP | BPF_JEQ | BPF_K, 0, 1, number};
		code[n++] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, SECCOMP_RET_KILL_PROCESS};
	}
	code[n++] = (struct sock_filter){BPF_RET | BPF_K, 0, 0, SECCOMP_RET_ALLOW};
	struct sock_fprog program = {n, code};
	if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0 || prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) != 0)
		exit(9);
#else
	exit(numbers != NULL ? 9 : 8);
#endif
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "hidden") == 0)
		prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
	if (argc > 1 && strncmp(argv[1], "kills=", 6) == 0)
		kill_at(argv[1] + 6);
	pthread_t threads[THREADS];
	unsigned long sums[THREADS] = {0}, all = 0;
	pthread_barrier_init(&begin, NULL, THREADS);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_create(&threads[i], NULL, works, &sums[i]);
	puts("ready");
	fflush(stdout);
	while (getchar() != EOF)
		;
	works(&sums[0]);
	for (unsigned i = 1; i < THREADS; i++)
		pthread_join(threads[i], NULL);
	for (unsigned i = 0; i < THREADS; i++)
		all += sums[i];
	printf("turns=%lu\nwrong=%d\n", all, all != sums[0] * THREADS);
	return 3;
}
