/* What is kept to be refused: how much may live in the process at the same time (run --limit), and which
 * allocations are to fail that the allocator would not refuse (run --fail-after and its kin).
 *
 * What lives is a sum of bytes, and one of blocks. What a call is to make is reserved in both before
 * the real function is called, so that no thread comes above a limit that another one has
 * just reached, and given back where that fails. So that the end of a block is counted with the
 * bytes that were asked for, all blocks are in a set. Blocks from before are not, nor are those
 * whose begin was not seen: their ends are not guessed.
 *
 * The death of a block is recorded before its bytes are given back, and the birth of one after
 * they have been reserved: so the recorder's account, too, is never above the limit.
 *
 * A forked child begins with what its parent had, and counts on its own. */
#ifndef HEAPPROF_LIMIT_H
#define HEAPPROF_LIMIT_H

#include "thread.h"

enum limit_answer {
	LIMIT_LETS,   /* the call may be made, and what it needs is reserved */
	LIMIT_BYTES,  /* it would come above the limit of bytes, */
	LIMIT_BLOCKS, /* or above that of blocks */
	LIMIT_ORDER,  /* it is one of those that are to fail */
};

/* Begins to keep what the recorder has asked for. Returns false where there is no memory for that. */
COLD bool limit_begin(void);

/* In a forked child. */
COLD void limit_begin_in_child(void);

/* Reports whether all allocations through a stack are to fail, of which the recorder is asked the first time. */
COLD bool limit_fails(uint32_t stack);

/* What lives. */
struct limit_live {
	uint64_t bytes, blocks;
};

/* Before a call that makes a block of so many bytes, or resizes the one at old, which is 0 where there is
 * none. by_stack: the call is to fail, as limit_fails says. *live is what lives before the
 * call, where that would come above a limit. */
COLD enum limit_answer limit_ask(struct thread *t, uintptr_t old, size_t bytes, bool by_stack, struct limit_live *live);

/* Gives back what is reserved for t, whose call has made nothing. */
COLD void limit_give_back(struct thread *t);

/* The call of t was left for good. */
COLD void limit_forget(struct thread *t);

/* After a call that has made a block of so many bytes, before the program knows of it. What was not
 * reserved for it is counted, too. */
COLD void limit_made(struct thread *t, uintptr_t block, size_t bytes);

/* After the recorder has been told that a block is freed, while the program still has it. */
COLD void limit_ends(uintptr_t block);

/* Before the block at old is resized; and after that: block is where it is now, or 0, and then gone
 * tells whether old was freed. A block that is not known counts as new where that is wanted. */
COLD void limit_resizes(struct thread *t, uintptr_t old);
COLD void limit_resized(struct thread *t, uintptr_t block, size_t bytes, bool gone, bool counts_unknown);

COLD struct limit_live limit_lives(void);

/* Reports whether nobody has come above a limit in this process before. */
COLD bool limit_is_first(void);

#endif
