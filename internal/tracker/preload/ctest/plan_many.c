/* However many functions a plan has at the start, each one's original is known. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "../csrc/child.h"
#include "../csrc/plan.h"
#include "../csrc/process.h"
#include "../csrc/shared.h"
#include "../csrc/sys.h"

#include "host.h"

enum {
	FUNCTIONS = 3000,
	ENTRY_BYTES = 16,
};

static struct {
	struct wire_plan head;
	struct wire_plan_module module;
	struct wire_patch patches[FUNCTIONS];
	struct wire_patched code[FUNCTIONS];
} plan;

/* The plan, as the shared memory has it. */
void *shared_map_again(uint64_t offset, size_t bytes) {
	require(offset == 0 && bytes == sizeof plan);
	void *p = sys_map(bytes);
	memcpy(p, &plan, bytes);
	return p;
}
void child_notice(uint32_t announced) { (void)announced; }

static const char *shim_of(const struct wire_patched *p) { return (const char *)p; }

static void *map(int protection, size_t bytes) {
	void *p = mmap(NULL, bytes, protection, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	require(p != MAP_FAILED);
	return p;
}

int main(void) {
	host_thread();
	char *functions = map(PROT_READ | PROT_WRITE, FUNCTIONS * ENTRY_BYTES);
	char *room = map(PROT_READ | PROT_WRITE, 2 * sizeof plan.code + 2 * WIRE_PAGE);
	munmap(room, 2 * sizeof plan.code + 2 * WIRE_PAGE);
	plan.head = (struct wire_plan){.modules = 1, .patches = FUNCTIONS, .page = 4096};
	plan.module = (struct wire_plan_module){
		.code_at = ((uintptr_t)room + WIRE_PAGE - 1) & ~(uintptr_t)(WIRE_PAGE - 1),
		.code_bytes = sizeof plan.code,
		.code_offset = (uint32_t)((char *)plan.code - (char *)&plan),
		.patches = FUNCTIONS,
	};
	for (uint32_t i = 0; i < FUNCTIONS; i++) {
		uintptr_t entry = (uintptr_t)functions + i * ENTRY_BYTES;
		plan.patches[i] = (struct wire_patch){.entry = entry, .expected_bytes = 5, .over_bytes = 5, .record = i * (uint32_t)sizeof plan.code[i]};
		plan.code[i] = (struct wire_patched){.action = WIRE_ACTION_ALLOC, .entry = entry, .original = 1000 + i};
	}
	process.slot->plan = WIRE_PLAN_READY;
	process.slot->plan_bytes = sizeof plan;
	plan_start(shim_of);
	for (uint32_t i = 0; i < FUNCTIONS; i++) require(plan_original((void *)plan.patches[i].entry) == (void *)plan.code[i].original);
	require(plan_original((void *)main) == (void *)main);
	puts("each known");
	return 0;
}
