/* A signal asks for a mark and does nothing else: a system call goes on, one that is blocked comes
 * later, and nothing is asked for where nothing is recorded. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <unistd.h>

#include "../csrc/mark.h"
#include "host.h"

static pthread_t reader;
static int ends[2];

static void *interrupt(void *unused) {
	(void)unused;
	usleep(20000);
	pthread_kill(reader, SIGUSR1);
	usleep(20000);
	require(write(ends[1], "x", 1) == 1);
	return NULL;
}

int main(void) {
	host_thread();
	struct wire_control *c = process.control;
	static uint32_t alive = 1;
	process.alive = &alive;
	mark_on_signal(); /* nobody wants one */
	struct sigaction now;
	sigaction(SIGUSR1, NULL, &now);
	require(now.sa_handler == SIG_DFL);

	c->mark_signal = SIGUSR1;
	signal(SIGUSR1, SIG_IGN);
	mark_on_signal(); /* whoever started the program wants it ignored */
	sigaction(SIGUSR1, NULL, &now);
	require(now.sa_handler == SIG_IGN);
	signal(SIGUSR1, SIG_DFL);

	mark_on_signal();
	errno = 77;
	raise(SIGUSR1);
	printf("%u, errno is %d\n", c->marks_asked, errno);

	require(pipe(ends) == 0);
	pthread_t thread;
	reader = pthread_self();
	pthread_create(&thread, NULL, interrupt, NULL);
	char byte = 0;
	ssize_t got = read(ends[0], &byte, 1);
	pthread_join(thread, NULL);
	printf("%u, read %zd\n", c->marks_asked, got);

	sigset_t set;
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	uint32_t blocked = c->marks_asked;
	pthread_sigmask(SIG_UNBLOCK, &set, NULL);
	printf("%u while blocked, %u then\n", blocked, c->marks_asked);

	static char other[1 << 16];
	const stack_t alternate = {.ss_sp = other, .ss_size = sizeof other};
	require(sigaltstack(&alternate, NULL) == 0);
	raise(SIGUSR1); /* a coroutine's stack may have no room for it */
	size_t used = 0;
	while (used < sizeof other && !other[sizeof other - 1 - used])
		used++;
	require(used < sizeof other);

	process.paused = true;
	raise(SIGUSR1);
	require(c->marks[c->next_mark - 1].stamp == 0);
	alive = 0;
	raise(SIGUSR1);
	alive = 1;
	process.off = true;
	raise(SIGUSR1);
	printf("%u where the clock must not be read, and none of others\n", c->marks_asked);
	return 0;
}
