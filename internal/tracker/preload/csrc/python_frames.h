/* The list of the frames of Python's functions that a thread runs, remembered: what python.c puts into stacks. */
#ifndef HEAPPROF_PYTHON_FRAMES_H
#define HEAPPROF_PYTHON_FRAMES_H

#include "python_code.h"
#include "thread.h"

/* A frame of the interpreter's, as it was when it was looked at. */
struct python_frame {
	uintptr_t frame, code, at, back; /* its address, and what is in it; at: where it is in its code */
	uint64_t place;                  /* see python_code_place; or an enum below */
	uint64_t hash;                   /* of this frame and its callers */
	uint8_t entry;                   /* the byte at python_layout.entry_byte */
};

/* In python_frame.place: of what is no function of the program's. */
enum {
	PLACE_CALL = 0,   /* the frame lies in that of a call of the function that runs Python's */
	PLACE_HIDDEN = 1, /* it only runs code of the interpreter's own, as between a class and its __init__ */
};

/* Which node a list of Python's frames and a stack come to together. */
struct python_join {
	uint64_t key; /* 0: the entry is empty */
	uint32_t node;
};

/* A frame of a stack that is put together. */
struct python_joined {
	uintptr_t pc; /* or a place of Python's */
	bool python;
};

enum {
	JOIN_BITS = 14,
	JOINS = 1 << JOIN_BITS,
};

struct python_thread {
	struct python_frame *memo;  /* the last list, outermost first */
	struct python_frame *fresh; /* room for the frames of a walk, innermost first */
	struct python_joined *joined;
	uint32_t count; /* frames in memo */
	bool truncated; /* the outermost of them has callers that were cut */
	struct python_join joins[JOINS];
	struct python_place places[PYTHON_PLACES];
};

/* What is known of the interpreter. */
extern struct python {
	void *(*this_thread)(void); /* PyGILState_GetThisThreadState */
	uintptr_t code_type;
	uintptr_t run, run_end; /* the function that runs Python's */
	const struct python_layout *layout;
	uintptr_t at_mask, code_mask;
	uint8_t entry_mask;
	bool begun;        /* it has made its types */
	uint32_t proven;   /* frames that were what they should be */
	uintptr_t dynamic; /* of its library, if that came by dlopen and may go again: where its dynamic section is; else 0 */
	uint32_t asking;   /* threads that call this_thread, where that may be */
} python;

/* Says how far the functions of the process's interpreter are followed: WIRE_PYTHON_FOLLOWED, or another of these. */
void python_frames_say(uint32_t state);

ALWAYS_INLINE uintptr_t python_word(uintptr_t at) { return *(const uintptr_t *)at; }

/* Bytes that a thread needs for it, zeros; and begins to use them. */
size_t python_frames_thread_bytes(void);
void python_frames_begin_thread(struct thread *t, void *memory);

/* Returns what the thread remembers of Python's frames, with room for it for a thread that began before there was an interpreter;
 * NULL: there is no memory for it. */
struct python_thread *python_frames_of(struct thread *t);

/* In a forked child, which has none of the other threads. */
ALWAYS_INLINE void python_frames_forget_others(void) { store_relaxed(&python.asking, 0); }

/* Returns the calling thread's state in the interpreter; 0: it has none. */
uintptr_t python_frames_own_state(void);

/* Returns where the innermost frame of a state is held: in the state or elsewhere. */
ALWAYS_INLINE uintptr_t python_holder(uintptr_t state) { return python.layout->held == PYTHON_NONE ? state : python_word(state + python.layout->frame); }

/* Brings the memo up to date with the list of a state. Returns the hash of that; 0: there is no frame. */
uint64_t python_frames_follow(struct thread *t, struct python_thread *p, uintptr_t state);

#endif
