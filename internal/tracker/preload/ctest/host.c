#include "host.h"

#include "../csrc/java.h"
#include "../csrc/python.h"
#include "../csrc/stack.h"
#include "../csrc/step.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct process process;

void process_stop(void) { process.off = true; }

void process_count_lost(void) { process.slot->lost++; }
void process_count_unprofiled(struct wire_control *c) { (void)c; }
void process_count_deep(uint32_t depth) { (void)depth; }

/* No program here is Python. */
uint32_t python_stack(struct thread *t, uint32_t node, uintptr_t frame_address) {
	(void)t, (void)frame_address;
	return node;
}

/* Nor Java. */
uint32_t java_stack(struct thread *t, uintptr_t frame_address) {
	(void)t, (void)frame_address;
	return WIRE_ROOT;
}

/* The parts call nobody, and no stack is walked over frames without information. */
enum step chain_step(struct thread *t, struct frame *f, struct frame *caller) {
	(void)t, (void)f, (void)caller;
	return STEP_NO_CFI;
}
enum step chain_step_record(struct thread *t, struct frame *f, struct frame *caller) { return chain_step(t, f, caller); }

static void *zeroed(size_t bytes) {
	void *p = calloc(1, bytes);
	require(p != NULL);
	return p;
}

enum { DEPTH = 128 };

struct thread *host_thread(void) {
	process.control = zeroed(sizeof *process.control);
	process.control->recorder = WIRE_RECORDER_ON;
	process.control->recorder_pid = (uint32_t)getpid();
	process.max_nodes = WIRE_MAX_NODES;
	process.slot = zeroed(sizeof *process.slot);
	struct thread *t = zeroed(sizeof *t);
	t->ring = zeroed(sizeof *t->ring);
	t->words = zeroed(WIRE_RING_WORDS * sizeof *t->words);
	t->room_until = WIRE_RING_WORDS;
	t->live = 1;
	t->depth = DEPTH;
	t->memo = zeroed((DEPTH + 1) * sizeof *t->memo);
	t->fresh = zeroed((DEPTH + 1) * sizeof *t->fresh);
	t->checks = zeroed(2 * (DEPTH + 1) * sizeof *t->checks);
	t->known = zeroed(KNOWN_PLACES * sizeof *t->known);
	t->known_words = zeroed(KNOWN_WORDS * sizeof *t->known_words);
	t->known_filter = zeroed(KNOWN_FILTERS * sizeof *t->known_filter);
	return t;
}

void require_that(bool holds, const char *condition, const char *file, int line) {
	if (holds) return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	exit(1);
}
