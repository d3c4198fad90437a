/* The copy that a process makes of itself reads what the memory held then, also where the program does not let
 * itself read it. None is made for a forked child, or beside other threads; the program
 * has its errno and its signals as before, and no child that it would wait for. */
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../csrc/copy.h"
#include "../csrc/shared.h"
#include "../csrc/sys.h"
#include "host.h"

enum { AT = WIRE_PAGE };
static int file;

void *shared_map_again(uint64_t offset, size_t bytes) {
	void *p = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, file, (off_t)offset);
	return p == MAP_FAILED ? NULL : p;
}

static struct wire_copy *room;

static uint32_t ask(void) {
	memset(room, 0, sizeof *room);
	store_release(&process.slot->copy_at, AT);
	copy_if_asked();
	for (uint32_t state;; sys_futex_wait(&room->state, state, 10)) {
		state = load_acquire(&room->state);
		if (state != WIRE_COPY_TAKEN) return state;
	}
}

static uint32_t read_from(const void *p, uint32_t bytes) {
	room->from = (uintptr_t)p;
	room->bytes = bytes;
	uint32_t number = add_relaxed(&room->asked, 1) + 1;
	sys_futex_wake(&room->asked);
	for (uint32_t seen; (seen = load_acquire(&room->answered)) != number;) sys_futex_wait(&room->answered, seen, 10);
	return room->got;
}

static void *wait_for_end(void *mutex) {
	pthread_mutex_lock(mutex);
	return NULL;
}

static uint32_t ask_beside_thread(void) {
	pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
	pthread_t thread;
	pthread_mutex_lock(&mutex);
	pthread_create(&thread, NULL, wait_for_end, &mutex);
	uint32_t state = ask();
	pthread_mutex_unlock(&mutex);
	pthread_join(thread, NULL);
	return state;
}

int main(void) {
	host_thread();
	static uint32_t alive = 1;
	process.alive = &alive;
	process.pid = getpid();
	file = memfd_create("room", 0);
	require(file >= 0 && ftruncate(file, AT + WIRE_COPY_BYTES) == 0);
	room = shared_map_again(AT, WIRE_COPY_BYTES);
	const char *data = (const char *)room + WIRE_PAGE;
	char *pages = mmap(NULL, 3 * SYS_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	memset(pages, 'a', 3 * SYS_PAGE);
	mprotect(pages + SYS_PAGE, SYS_PAGE, PROT_NONE);
	munmap(pages + 2 * SYS_PAGE, SYS_PAGE);

	errno = 77;
	require(ask() == WIRE_COPY_MADE);
	sigset_t mask;
	require(errno == 77 && sigprocmask(SIG_SETMASK, NULL, &mask) == 0 && !sigismember(&mask, SIGUSR1));
	memset(pages, 'b', SYS_PAGE);
	uint32_t got = read_from(pages + 1, 3 * SYS_PAGE);
	printf("%u bytes, from %c to %c\n", got, data[0], data[got - 1]);
	printf("%u bytes of none, wait %d\n", read_from(pages + 2 * SYS_PAGE, 8), waitpid(-1, NULL, WNOHANG));
	require(room->thread == (uint32_t)getpid() && room->stamp && room->made >= room->stamp && room->pc && room->thread_pointer == arch_thread_pointer());

	int first = (int)room->pid;
	kill(first, SIGKILL);
	while (waitid(P_PID, (id_t)first, &(siginfo_t){0}, WEXITED | WNOWAIT | __WALL) == -1 && errno == EINTR) continue;
	require(ask() == WIRE_COPY_MADE);
	printf("let go of the first: %d\n", waitpid(first, NULL, __WALL | WNOHANG) == -1);
	kill((int)room->pid, SIGKILL);

	printf("beside a thread: %d\n", ask_beside_thread() == WIRE_COPY_FAILED && room->failed == SYS_EBUSY);
	store_release(&process.slot->copy_at, AT);
	pid_t child = fork();
	if (child == 0) {
		copy_if_asked();
		_exit(process.slot->copy_at != AT);
	}
	int status;
	require(waitpid(child, &status, 0) == child);
	printf("of a child: %d\n", status);
	return 0;
}
