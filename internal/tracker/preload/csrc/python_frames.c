#include "python_frames.h"

#include "codes.h"
#include "probe.h"
#include "process.h"
#include "sys.h"
#include "walked.h"

void python_frames_say(uint32_t state) {
	process.python_state = state;
	store_release(&process.python, state == WIRE_PYTHON_FOLLOWED);
	if (process.slot) store_relaxed(&process.slot->python, state);
}

/* ---- the thread ---- */

static size_t round_up(size_t n) { return (n + 63) & ~(size_t)63; }

size_t python_frames_thread_bytes(void) {
	size_t frames = process.depth + 1;
	return round_up(sizeof(struct python_thread)) + round_up(frames * 2 * sizeof(struct python_frame)) + walked_most(process.depth) * sizeof(struct python_joined);
}

void python_frames_begin_thread(struct thread *t, void *memory) {
	size_t frames = process.depth + 1;
	struct python_thread *p = memory;
	p->memo = (struct python_frame *)((char *)memory + round_up(sizeof *p));
	p->fresh = p->memo + frames;
	p->joined = (struct python_joined *)((char *)p->memo + round_up(frames * 2 * sizeof *p->memo));
	t->python = p;
}

struct python_thread *python_frames_of(struct thread *t) {
	if (likely(t->python != NULL) || t->pythonless) return t->python;
	size_t bytes = python_frames_thread_bytes();
	void *memory = sys_map(bytes);
	if (memory && sys_wipe_on_fork(memory, bytes) == 0) {
		python_frames_begin_thread(t, memory);
		return memory;
	}
	if (memory) sys_unmap(memory, bytes);
	t->pythonless = true;
	return NULL;
}

/* Before the interpreter has made its types its library may not be relocated, and none of its functions may be called. */
static bool has_begun(void) {
	if (likely(load_relaxed(&python.begun))) return true;
	bool ready = python_word(python.code_type + PYTHON_TYPE_FLAGS) & PYTHON_TYPE_READY;
	if (ready) store_relaxed(&python.begun, true);
	return ready;
}

static uintptr_t ask(void) { return has_begun() ? (uintptr_t)python.this_thread() : 0; }

/* The same where the interpreter's library may be unloaded: see python_find.c. */
static COLD uintptr_t ask_meanwhile(void) {
	__atomic_fetch_add(&python.asking, 1, __ATOMIC_SEQ_CST);
	uintptr_t state = __atomic_load_n(&process.python, __ATOMIC_SEQ_CST) ? ask() : 0;
	__atomic_fetch_sub(&python.asking, 1, __ATOMIC_RELEASE);
	return state;
}

/* ---- the list of frames ---- */

uintptr_t python_frames_own_state(void) {
	enum { APART = 1 << 14 /* bytes: some thread libraries keep theirs below the thread pointer */ };
	uintptr_t state = likely(!python.dynamic) ? ask() : ask_meanwhile();
	return state && arch_thread_pointer() - python_word(state + python.layout->thread_id) < APART ? state : 0;
}

static uintptr_t innermost(uintptr_t state) {
	uintptr_t at = python_holder(state);
	return at ? python_word(at + (python.layout->held == PYTHON_NONE ? python.layout->frame : python.layout->held)) : 0;
}

ALWAYS_INLINE uintptr_t at_of(const struct python_layout *l, uintptr_t frame) { return python_word(frame + l->at) & python.at_mask; }
ALWAYS_INLINE uintptr_t code_of(const struct python_layout *l, uintptr_t frame) { return python_word(frame + l->code) & python.code_mask; }
ALWAYS_INLINE uint8_t entry_of(const struct python_layout *l, uintptr_t frame) { return *(const uint8_t *)(frame + l->entry_byte) & python.entry_mask; }

/* Reports whether a frame, which is there, is as it was. */
ALWAYS_INLINE bool holds(const struct python_layout *l, const struct python_frame *f) {
	return at_of(l, f->frame) == f->at && python_word(f->frame + l->back) == f->back && code_of(l, f->frame) == f->code && entry_of(l, f->frame) == f->entry;
}

/* Returns how many frames of the memo, from the outermost on, it takes to have the innermost of them that is not as it was; the one
 * at index from - 1 is there. 0: all are as they were. */
static uint32_t changed(const struct python_layout *l, const struct python_frame *memo, uint32_t from) {
	while (from && holds(l, &memo[from - 1])) from--;
	return from;
}

/* Returns 1 + the index of a frame among the first k of the memo; 0: it is not there, or so far out that it does not pay. */
static uint32_t find(const struct python_frame *memo, uint32_t k, uintptr_t frame) {
	enum { FAR = 16 };
	for (uint32_t i = k; i > 0 && k - i < FAR; i--)
		if (memo[i - 1].frame == frame) return i;
	return 0;
}

/* The first frames that are read, of a build that may have been made otherwise than others of its version, are looked at more
 * closely. */
static bool is_readable(const struct python_layout *l, uintptr_t frame) {
	enum { PROOFS = 256,
		FRAME_BYTES = 112,
		CODE_BYTES = 208,
		TEXT_BYTES = 80 };
	if (likely(load_relaxed(&python.proven) >= PROOFS)) return true;
	if (frame % 8 || !probe_range(frame, FRAME_BYTES)) return false;
	uintptr_t code = code_of(l, frame);
	if (l->entry == PYTHON_ENTRY_SHIM && entry_of(l, frame) == PYTHON_OWNED_BY_CALL) return true;
	if (code % 8 || !probe_range(code, CODE_BYTES) || python_word(code + PYTHON_OBJECT_TYPE) != python.code_type) return false;
	const uint16_t objects[] = {l->name, l->file, l->line_table};
	for (size_t i = 0; i < COUNT_OF(objects); i++)
		if (python_word(code + objects[i]) % 8 || !probe_range(python_word(code + objects[i]), TEXT_BYTES)) return false;
	add_relaxed(&python.proven, 1);
	return true;
}

/* Reads a frame, but for its hash. Returns false where it is none. */
static bool read_frame(struct thread *t, struct python_thread *p, uintptr_t frame, struct python_frame *f) {
	const struct python_layout *l = python.layout;
	if (!is_readable(l, frame)) {
		python_frames_say(WIRE_PYTHON_UNLIKE);
		return false;
	}
	*f = (struct python_frame){.frame = frame, .code = code_of(l, frame), .at = at_of(l, frame), .back = python_word(frame + l->back), .entry = entry_of(l, frame)};
	if (l->entry == PYTHON_ENTRY_SHIM && f->entry == PYTHON_OWNED_BY_CALL) return true;
	if (!f->code || f->code % 8 || python_word(f->code + PYTHON_OBJECT_TYPE) != python.code_type) return false;
	/* Such code has a name for its file. */
	if (python_word(f->code + l->name) == python_word(f->code + l->file) && *(const uint32_t *)(f->code + l->first_line) == 0) {
		f->place = PLACE_HIDDEN;
		return true;
	}
	int64_t offset = l->at_is_number ? (int64_t)(int32_t)f->at * l->unit : (int64_t)(f->at - (f->code + l->instructions));
	f->place = python_code_place(t, l, p->places, f->code, offset > 0 ? (uint64_t)offset : 0);
	return true;
}

uint64_t python_frames_follow(struct thread *t, struct python_thread *p, uintptr_t state) {
	enum { WHOLE = 1,
		CUT = 2 };
	const struct python_layout *l = python.layout;
	struct python_frame *memo = p->memo, *fresh = p->fresh;
	uint32_t n = 0, most = t->depth, kept = 0;
	/* Of the blocks that are not sampled nothing was looked at: another code object may lie where one was. */
	uint32_t k = process.sample_mean ? 0 : p->count;
	bool cut = false;
	uintptr_t frame = innermost(state);
	while (frame) {
		uint32_t from = find(memo, k, frame);
		if (from) {
			uint32_t held = changed(l, memo, from);
			if (likely(!held) && likely(p->truncated ? n + from == most : n + from <= most)) {
				kept = from;
				break;
			}
			k = held ? held - 1 : 0;
			for (; from > held && n < most; n++) fresh[n] = memo[--from];
			if (n) frame = fresh[n - 1].back;
			if (!frame) break;
		}
		if (n == most) {
			cut = true;
			break;
		}
		if (!read_frame(t, p, frame, &fresh[n])) break;
		frame = fresh[n++].back;
	}
	if (likely(!n && kept == p->count)) return kept ? memo[kept - 1].hash : 0;
	uint64_t hash = kept ? memo[kept - 1].hash : cut ? CUT
													 : WHOLE;
	/* A signal handler may leave this hook for good, at any instruction. */
	p->count = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (!kept) p->truncated = cut;
	for (k = kept; n-- > 0; k++) {
		memo[k] = fresh[n];
		memo[k].hash = hash = codes_mix(hash, memo[k].place << 8 | memo[k].entry);
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	p->count = k;
	return k ? hash : 0;
}
