/* Code that LuaJIT has compiled keeps no frame pointer. It runs in the frame of the function by which C has called LuaJIT's
 * interpreter, below which it has made room. How much room no instruction near the call tells. But in that frame there is
 * the state of the Lua thread, and in the state the address of the frame: no other words of a stack are like that, nor are those
 * that a frame has left which is no more. */
#include "luajit.h"

#include "calls.h"
#include "sys.h"

#if ARCH_RA_BELOW_CFA

/* LuaJIT 2.1 on x86-64, with 64-bit references (its lj_frame.h and lj_obj.h). */
enum {
	FRAME_STATE = 16,
	FRAME_FP = 64,
	FRAME_RETURN = 72,
	FRAME_BYTES = 80,
	ROOM_UNIT = 16,
	ROOM_MOST = 16 + 1024, /* bytes below the frame: 256 words of 4 bytes for values */

	STATE_KIND = 9, /* a byte */
	STATE_FRAME = 80,
	KIND_THREAD = 6,
	FRAME_FLAGS = 3, /* in the lowest bits of its address in a state */
};

/* Reports whether a word is the address of a Lua thread's state whose frame is the given one. */
static bool is_state_of(uintptr_t word, uintptr_t frame) {
	if (word < SYS_PAGE || word % 8 || word >> ARCH_ADDRESS_BITS) return false;
	if (!sys_readable((void *)word) || !sys_readable((void *)(word + STATE_FRAME))) return false;
	return ((const uint8_t *)word)[STATE_KIND] == KIND_THREAD && (stack_word(word + STATE_FRAME) & ~(uintptr_t)FRAME_FLAGS) == frame;
}

bool luajit_step(struct thread *t, struct frame *f, struct frame *caller) {
	if (f->sp % ROOM_UNIT || !sys_may(SYS_CALL_READABLE)) return false;
	uintptr_t readable = f->sp & stack_page_mask; /* the bounds that are known may be out of date: see chain.c */
	for (uintptr_t at = f->sp + ROOM_UNIT; at <= f->sp + ROOM_MOST; at += ROOM_UNIT) {
		uintptr_t last = at + FRAME_RETURN;
		if (!stack_holds(t, f->sp, last + 8)) return false;
		if ((last & stack_page_mask) != readable) {
			if (!sys_readable((void *)last)) return false;
			readable = last & stack_page_mask;
		}
		if (calls_before(t, stack_word(last)) == calls_none || !is_state_of(stack_word(at + FRAME_STATE), at)) continue;
		f->ra_slot = (const uintptr_t *)last;
		f->fp_slot = (const uintptr_t *)(at + FRAME_FP);
		caller->pc = stack_word(last) - 1;
		caller->sp = at + FRAME_BYTES;
		caller->fp = stack_word(at + FRAME_FP);
		frame_set_lr(caller, 0);
		return true;
	}
	return false;
}

#else

bool luajit_step(struct thread *t, struct frame *f, struct frame *caller) {
	(void)t, (void)f, (void)caller;
	return false;
}

#endif
