/* HotSpot's frames need no frame pointer, and its interpreter pushes return addresses and jumps, so that no call
 * stands in front of them. But of each piece of code that it makes it says how large its frames are,
 * and those of the interpreter have a frame pointer. */
#include "java_blob.h"

#include "calls.h"
#include "text.h"

/* Returns where the piece begins that a pc lies in, in a part of the memory for code; 0: there is none. */
static uintptr_t find_in(const struct java_layout *l, uintptr_t heap, uintptr_t pc) {
	enum { FREE = 0xff };
	uintptr_t memory = heap + (uintptr_t)l->heap_memory, low = java_word(memory + (uintptr_t)l->space_low);
	if (pc - low >= java_word(memory + (uintptr_t)l->space_high) - low) return 0;
	const uint8_t *segments = (const uint8_t *)java_word(heap + (uintptr_t)l->heap_segments + (uintptr_t)l->space_low);
	uint32_t shift = java_half(heap + (uintptr_t)l->heap_shift);
	if (shift >= 32) return 0;
	/* Each segment has how many others it is to go back at least, in a byte. */
	uintptr_t i = (pc - low) >> shift;
	if (segments[i] == FREE) return 0;
	while (segments[i]) {
		if (segments[i] > i) return 0;
		i -= segments[i];
	}
	uintptr_t block = low + (i << shift);
	return *(const uint8_t *)(block + (uintptr_t)l->block_used) ? block + (uintptr_t)l->block_bytes : 0;
}

static uintptr_t find(const struct java_layout *l, uintptr_t pc) {
	enum { MOST_HEAPS = 8 };
	uintptr_t list = java_word(l->heaps);
	if (!list) return 0;
	uint32_t count = java_half(list);
	uintptr_t heaps = java_word(list + (uintptr_t)l->list_data);
	for (uint32_t i = 0; heaps && i < count && i < MOST_HEAPS; i++) {
		uintptr_t heap = java_word(heaps + i * 8), at = heap ? find_in(l, heap, pc) : 0;
		if (at) return at;
	}
	return 0;
}

static enum java_blob_kind kind_of(const char *name) {
	static const struct {
		const char *name;
		enum java_blob_kind kind;
	} kinds[] = {
		{"nmethod", JAVA_BLOB_COMPILED},
		{"native nmethod", JAVA_BLOB_COMPILED},
		{"Interpreter", JAVA_BLOB_INTERPRETER},
		{"DeoptimizationBlob", JAVA_BLOB_UNDOING},
		{"UncommonTrapBlob", JAVA_BLOB_UNDOING},
	};
	/* The names of these kinds are HotSpot's own constants. Where another thread makes a piece of code in the place of one that
	 * is gone, and an old word of the stack still leads there, there may be anything in the name's place. */
	if (!module_at((uintptr_t)name)) return JAVA_BLOB_STUB;
	for (size_t i = 0; i < COUNT_OF(kinds); i++)
		if (text_equal(name, kinds[i].name)) return kinds[i].kind;
	return JAVA_BLOB_STUB;
}

struct java_blob java_blob_at(uintptr_t pc) {
	enum { MOST_WORDS = 1 << 17 };
	struct java_blob b = {0};
	if (module_at(pc)) return b;
	const struct java_layout *l = java_layout();
	if (!l || !(b.start = find(l, pc))) return b;
	b.kind = kind_of((const char *)java_word(b.start + (uintptr_t)l->blob_name));
	uint32_t words = java_half(b.start + (uintptr_t)l->blob_frame);
	b.frame_bytes = words < MOST_WORDS ? words * 8 : 0;
	return b;
}

/* Reports whether there can be a frame whose return address this is. */
static bool may_return_to(struct thread *t, uintptr_t word) {
	return calls_before(t, word) != calls_none || (!module_at(word - 1) && java_blob_at(word - 1).kind != JAVA_BLOB_NONE);
}

static bool words_are_there(struct thread *t, const struct frame *f, uintptr_t from, uintptr_t end) {
	if (from % 8 || from < f->sp || !stack_holds(t, from, end)) return false;
	return stack_word_is_there(f->sp, from) && stack_word_is_there(f->sp, end - 8);
}

/* The step from a frame whose record, the caller's frame pointer and the return address, lies at a place. */
static bool step_over(struct thread *t, struct frame *f, struct frame *caller, uintptr_t record) {
	if (!words_are_there(t, f, record, record + 16) || !may_return_to(t, stack_word(record + 8))) return false;
	f->fp_slot = (const uintptr_t *)record;
	f->ra_slot = f->fp_slot + 1;
	caller->pc = *f->ra_slot - 1;
	caller->sp = record + 16;
	caller->fp = *f->fp_slot;
	frame_set_lr(caller, 0);
	return true;
}

/* Of a function that runs in the interpreter. Where it has been called by one that is compiled, its arguments
 * have been put between the two frames: it keeps where the caller's ends. */
static bool step_interpreted(struct thread *t, struct frame *f, struct frame *caller) {
	uintptr_t fp = f->fp, lowest = fp + (uintptr_t)(intptr_t)-JAVA_FRAME_BYTES;
	if (fp < JAVA_FRAME_BYTES || lowest < f->sp || !words_are_there(t, f, lowest, fp) || !step_over(t, f, caller, fp)) return false;
	uintptr_t sender = stack_word(fp + (uintptr_t)(intptr_t)JAVA_FRAME_SENDER);
	if (sender % 8 == 0 && sender > caller->sp && stack_holds(t, sender - 8, sender)) caller->sp = sender;
	return true;
}

bool java_blob_step(struct thread *t, const struct java_blob *blob, struct frame *f, struct frame *caller) {
	t->java = true;
	f->unverifiable = true;
	f->ra_slot = f->fp_slot = NULL;
	if (blob->kind == JAVA_BLOB_INTERPRETER) return step_interpreted(t, f, caller);
	/* Every frame keeps the caller's frame pointer below its return address. */
	if (blob->frame_bytes >= 16 && step_over(t, f, caller, f->sp + blob->frame_bytes - 16)) return true;
	/* What else there is keeps a frame pointer. Where a part of a virtual thread's stack is not there, a return address leads
	 * to a piece of code that puts it there, with no call in front. */
	if (blob->kind == JAVA_BLOB_COMPILED || !calls_at_run_time(t, f->pc + 1)) return false;
	return step_over(t, f, caller, f->fp);
}
