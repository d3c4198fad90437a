/* The core's interface, as a front uses it: what of its calls comes to be an event. All of
 * the library but the fronts and the start is in this program, with a recorder's memory that
 * nobody reads. */
#include <stdio.h>
#include <sys/mman.h>
#include <unistd.h>

#include "../csrc/core.h"
#include "../csrc/process.h"
#include "../csrc/real.h"
#include "../csrc/sys.h"

#include "wire_read.h"

#define require(condition) \
	if (!(condition)) return printf("%d: not so: %s\n", __LINE__, #condition), 1

static char memory[1 << 12];

bool core_start(void) { return true; }

/* What start.c and join.c do. */
static bool begin(void) {
	size_t bytes = WIRE_RINGS_AT + 4 * WIRE_RING_STRIDE;
	int fd = memfd_create("memory", 0);
	if (fd < 0 || ftruncate(fd, (off_t)bytes) != 0) return false;
	char *shared = mmap(NULL, bytes, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (shared == MAP_FAILED) return false;
	static uint32_t alive = 1;
	process.control = (struct wire_control *)shared;
	process.control->recorder = WIRE_RECORDER_ON;
	process.control->max_rings = 4;
	process.slot = (struct wire_process *)(shared + WIRE_PROCESSES_AT);
	process.alive = &alive;
	process.pid = getpid();
	process.depth = 64;
	real.dl_iterate_phdr = dl_iterate_phdr;
	return true;
}

/* Prints the events of blocks in a ring from *read on. */
static void show_ring(const struct thread *t, uint64_t *read) {
	for (unsigned words; *read < t->head; *read += words) {
		uint64_t w[3];
		for (unsigned i = 0; i < 3; i++) w[i] = t->words[(*read + i) % WIRE_RING_WORDS];
		words = read_words(w[0]);
		switch (read_kind(w[0])) {
		case WIRE_KIND_ALLOC: printf(" allocated %d", (int)w[2]); break;
		case WIRE_KIND_ALLOC_SHORT: printf(" allocated %d", (int)(w[1] >> WIRE_ADDRESS_BITS)); break;
		case WIRE_KIND_FREE:
		case WIRE_KIND_FREE_SHORT: printf(" freed"); break;
		case WIRE_KIND_REALLOC: printf(" to be resized"); break;
		case WIRE_KIND_REALLOCED: printf(", now %d", (int)w[2]); break;
		case WIRE_KIND_REALLOC_FAILED: printf(", failed"); break;
		case WIRE_KIND_CALL: printf(" refused %d", (int)w[2]); break;
		default: break;
		}
	}
}

/* Prints what was recorded since the last time. An inner block is in the ring of the nested
 * state. */
static void show(const char *what) {
	static uint64_t read, read_nested;
	printf("%s:", what);
	show_ring(thread_current, &read);
	if (thread_current->nested) show_ring(thread_current->nested, &read_nested);
	printf("%s\n", thread_current->busy ? "; still under way" : "");
}

/* The fronts. */
static __attribute__((noinline)) void *allocate(void *block, size_t bytes) {
	CORE_CALL(t);
	core_allocated(t, block, bytes, CORE_FRAME);
	return block;
}

static __attribute__((noinline)) void release(void *block) {
	CORE_CALL(t);
	core_frees(t, block, CORE_FRAME);
}

static __attribute__((noinline)) void *resize(void *old, void *block, size_t bytes) {
	CORE_CALL(t);
	bool told = core_resizes(t, old, CORE_FRAME);
	core_resized(t, told, old, block, bytes, false, CORE_FRAME);
	return block;
}

/* One that is built on another: its block lies in the other's. */
static __attribute__((noinline)) void *allocate_aligned(char *block, size_t bytes) {
	CORE_CALL(t);
	block = allocate(block, bytes + 16);
	if (block) block += 16;
	core_allocated(t, block, bytes, CORE_FRAME);
	return block;
}

/* One that finds memory at the second try. */
static __attribute__((noinline)) void allocate_again(void *block, size_t bytes) {
	CORE_CALL(t);
	allocate(NULL, bytes);
	allocate(block, bytes);
	core_allocated(t, block, bytes, CORE_FRAME);
}

/* One that keeps books, in a block of its own. */
static __attribute__((noinline)) void *allocate_and_note(void *block, size_t bytes) {
	CORE_CALL(t);
	allocate(memory + 2048, 8);
	core_allocated(t, block, bytes, CORE_FRAME);
	return block;
}

int main(void) {
	require(begin());
	core_make_ready();
	require(thread_current && process.control->rings == 1);
	allocate(memory, 24);
	show("a block");
	allocate(NULL, 24);
	show("none");
	release(memory);
	show("a death");
	resize(NULL, memory, 32);
	show("made by resizing");
	resize(memory, memory + 512, 48);
	show("moved");
	resize(memory + 512, NULL, 64);
	show("not moved");
	allocate_aligned(memory, 100);
	show("a layer");
	allocate_aligned(NULL, 100);
	show("none of a layer");
	allocate_again(memory, 100);
	show("at the second try");
	allocate(NULL, 24);
	show("none after that");
	allocate_and_note(memory, 200);
	show("books");
	core_pause();
	allocate(memory, 24);
	thread_current->busy = 0;
	require(process.slot->lost == 1);
	show("paused");
	process_stop();
	allocate(memory, 24);
	require(process.slot->lost == 1);
	show("stopped");
	return 0;
}
