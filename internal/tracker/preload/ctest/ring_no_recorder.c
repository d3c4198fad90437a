/* A writer that finds no room and no recorder either stops recording, at once,
 * and writes nothing over what is in the ring: killed (the argument is "killed")
 * or gone in good order ("gone"). */
#include <stdio.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "host.h"

/* The id of a process that is no more. */
static uint32_t dead(void) {
	int pid = fork();
	if (pid == 0) _exit(0);
	require(pid > 0 && waitpid(pid, NULL, 0) == pid);
	return (uint32_t)pid;
}

int main(int argc, char **argv) {
	require(argc == 2);
	struct thread *t = host_thread();
	if (strcmp(argv[1], "killed") == 0) process.control->recorder_pid = dead();
	else process.control->recorder = WIRE_RECORDER_GONE;
	for (uint64_t at = 0; at < WIRE_RING_WORDS; at++) ring_write1(t, (struct wire_event1){{at}});
	require(t->live && !process.off); /* there was room: nobody asked for the recorder */
	ring_write3(t, (struct wire_event3){{1001, 1002, 1003}});
	require(!t->live && process.off);
	require(t->head == WIRE_RING_WORDS && t->ring->head == WIRE_RING_WORDS && t->words[0] == 0);
	puts("stopped");
	return 0;
}
