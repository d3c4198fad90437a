/* Stacks that come by turns are known whole from the third time on: no rule is looked up, and
 * no event is written. Each of their words tells them apart, and where one has changed none
 * further out is looked at. More stacks than there is room for are followed as ever. */
#include "calltree.h"

#include <stdio.h>
#include <sys/mman.h>

enum {
	DEPTH = 20, /* callers of the leaf */
	MIDDLE = 12,
};

static struct view v;
static uintptr_t *stack; /* two words of the hook's, then the frames from the leaf outwards, of RULE_WORDS each */

static uintptr_t *return_address(unsigned caller) { return &stack[1 + caller * RULE_WORDS]; }

/* Has the caller of a frame call it from a place for each way there. */
static void call_from(unsigned caller, unsigned way) { *return_address(caller) = 0x100000 + 0x1000 * caller + 16 * way; }

/* A way down for each number: the bits say where each call is. */
static void take_way(unsigned n) {
	for (unsigned i = 1; i <= DEPTH; i++) call_from(i, n >> i % 16 & 1);
}

static void unwind_now(struct thread *t) {
	uint32_t node = unwind(t, (uintptr_t)stack);
	view_read(&v, t);
	uint64_t want = v.meaning[WIRE_ROOT];
	unsigned outermost = 0;
	while (*return_address(outermost + 1)) outermost++;
	for (unsigned i = outermost + 1; i-- > 0;) want = stack_hash(want, *return_address(i) - 1);
	require(v.meaning[node] == want);
}

int main(void) {
	enum {
		TURNS = 64,
		MANY = 2000,
	};
	struct thread *t = calltree_thread();
	char *pages = mmap(NULL, 2 * WIRE_PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	stack = (uintptr_t *)(pages + WIRE_PAGE) - 2 - MIDDLE * RULE_WORDS;
	t->stack_lo = (uintptr_t)pages;
	t->stack_end = t->stack_lo + 2 * WIRE_PAGE;
	*return_address(0) = 0xf0000;
	for (unsigned i = 0; i < 2 * TURNS; i++) {
		take_way(i % TURNS * 1021);
		unwind_now(t);
	}
	unsigned before = rules_looked_up;
	uint64_t heard = v.nodes;
	for (unsigned i = 0; i < 10 * TURNS; i++) {
		take_way(i * 37 % TURNS * 1021);
		unwind_now(t);
	}
	printf("%u rules, %d nodes\n", rules_looked_up - before, (int)(v.nodes - heard));

	take_way(0);
	for (unsigned i = 1; i <= DEPTH; i++) {
		call_from(i, 2);
		for (unsigned again = 0; again < 3; again++) unwind_now(t);
		call_from(i, 0);
		unwind_now(t);
	}
	printf("each word tells\n");

	*return_address(MIDDLE) = 0;
	mprotect(pages + WIRE_PAGE, WIRE_PAGE, PROT_NONE);
	unwind_now(t);
	mprotect(pages + WIRE_PAGE, WIRE_PAGE, PROT_READ | PROT_WRITE);
	printf("none is looked at in vain\n");

	for (unsigned i = 0; i < 3 * MANY; i++) {
		take_way(i % MANY);
		for (unsigned again = 0; again < 3; again++) unwind_now(t);
	}
	printf("many are right\n");
	return 0;
}
