/* Finds the memory that it shares with the recorder and writes over a part of it, argv[1],
 * of which argv[2] places are forged where there are many; then two threads allocate and free a hundred thousand blocks each. Whatever becomes of
 * the recording, this program must end as it would by itself: with status 0. */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "../../internal/tracker/preload/csrc/wire.h"

static int memory;
static struct wire_control *control;
static struct wire_process *processes;

static void *work(void *unused)
{
	for (int i = 0; i < 100000; i++) {
		char *volatile block = malloc(48);
		free(block);
	}
	return unused;
}

static struct wire_ring *ring(uint32_t i)
{
	return mmap(NULL, WIRE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, memory, (off_t)(WIRE_RINGS_AT + (uint64_t)i * WIRE_RING_STRIDE));
}

static void forge_slots(uint32_t n)
{
	control->processes = n;
	for (uint32_t i = 1; i < n; i++) {
		struct wire_process *p = &processes[i];
		p->pid = i % 2 ? 1 : 0;
		p->own_pid = i % 3;
		p->elsewhere = i % 4 == 0;
		p->badge = 1;
		p->parent = i % 5 ? 0 : i;
		p->start = ~0ull;
		p->plan = WIRE_PLAN_WANTED;
		p->state = WIRE_PROCESS_READY;
	}
	memset(control->asking, 0xff, sizeof control->asking);
	control->asks++;
}

static void forge_rings(uint32_t n)
{
	for (uint32_t i = 8; i < n; i++) {
		uint32_t words[2] = {0, 1}; /* process, open */
		uint64_t head = i;
		off_t at = (off_t)(WIRE_RINGS_AT + (uint64_t)i * WIRE_RING_STRIDE);
		if (pwrite(memory, words, sizeof words, at + (off_t)offsetof(struct wire_ring, process)) < 0 || pwrite(memory, &head, sizeof head, at) < 0) exit(1);
	}
	control->rings = n;
}

int main(int argc, char **argv)
{
	unsigned recorder, descriptor;
	char path[64];
	if (argc < 2 || !getenv(WIRE_ENV) || sscanf(getenv(WIRE_ENV), "%u:%u", &recorder, &descriptor) != 2) return 2;
	snprintf(path, sizeof path, "/proc/%u/fd/%u", recorder, descriptor);
	memory = open(path, O_RDWR);
	control = mmap(NULL, WIRE_CONTROL_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED, memory, 0);
	if (memory < 0 || control == MAP_FAILED) return 2;
	processes = (struct wire_process *)((char *)control + WIRE_PROCESSES_AT);
	const char *what = argv[1];
	uint32_t n = argc > 2 ? (uint32_t)atoi(argv[2]) : 0;
	if (!strcmp(what, "counts")) control->processes = control->rings = control->forks = ~0u;
	else if (!strcmp(what, "zeros")) memset(control, 0, sizeof *control);
	else if (!strcmp(what, "ones")) memset(control, 0xff, sizeof *control);
	else if (!strcmp(what, "slots")) forge_slots(n);
	else if (!strcmp(what, "rings")) forge_rings(n);
	else if (!strcmp(what, "ended")) processes[0].state = WIRE_PROCESS_DONE;
	else if (!strcmp(what, "tail")) ring(0)->tail = ~0ull << 20;
	else if (!strcmp(what, "head")) ring(0)->head = ~0ull << 20;
	else if (!strcmp(what, "owner")) ring(0)->process = ring(1)->process = 7777;
	else if (!strcmp(what, "shrink") && ftruncate(memory, 0) == 0) return 2;
	else if (!strcmp(what, "child")) {
		/* A child that nobody can know, and that ends later than this process. */
		if (fork() == 0) {
			processes[1].pid = processes[1].own_pid = 1;
			for (int i = 0; i < 100; i++) usleep(1000);
			_exit(0);
		}
	}
	pthread_t thread;
	pthread_create(&thread, NULL, work, NULL);
	work(NULL);
	pthread_join(thread, NULL);
	return 0;
}
