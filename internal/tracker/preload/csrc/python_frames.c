#include "python_frames.h"

#include "probe.h"
#include "process.h"
#include "resolve.h"
#include "text.h"

/* ---- the start ---- */

static void say(uint32_t state) {
	process.python_state = state;
	process.python = state == WIRE_PYTHON_FOLLOWED;
	if (process.slot) store_relaxed(&process.slot->python, state);
}

/* Reports whether it is a build without the interpreter's lock, whose objects are others. runtime is the address of
 * _PyRuntime, from 3.13 on. */
static bool is_free_threaded(uintptr_t runtime) {
	enum { FREE_THREADED = 16 };
	return !text_bytes_equal((const void *)runtime, "xdebugpy", 8) || python_word(runtime + FREE_THREADED);
}

void python_frames_find(void) {
	void *run = NULL, *type = NULL, *version = NULL, *runtime = NULL, *is_3_10 = NULL, *is_3_9 = NULL;
	const struct wanted functions[] = {
		{"_PyEval_EvalFrameDefault", &run},
		{"PyGILState_GetThisThreadState", (void **)&python.this_thread},
		{"Py_Is", &is_3_10},
		{"PyFrame_GetBack", &is_3_9},
	};
	const struct wanted variables[] = {{"PyCode_Type", &type}, {"Py_Version", &version}, {"_PyRuntime", &runtime}};
	size_t sizes[COUNT_OF(functions)] = {0};
	resolve(functions, COUNT_OF(functions), sizes);
	if (!python.this_thread || !run) return;
	resolve_variables(variables, COUNT_OF(variables));
	if (!type) return;
	uint32_t hex = version ? (uint32_t) * (const unsigned long *)version : 0x03000000;
	if (!version && is_3_9) hex = is_3_10 ? 0x030a0000 : 0x03090000;
	process.python_version = hex;
	if (process.slot) process.slot->python_version = hex;
	const struct python_layout *l = hex >> 24 == 3 ? python_layout(hex >> 16 & 0xff) : NULL;
	if (l && l->minor >= 13 && (!runtime || is_free_threaded((uintptr_t)runtime))) l = NULL;
	if (!l || !python_code_begin()) return say(WIRE_PYTHON_UNKNOWN);
	python.layout = l;
	python.code_type = (uintptr_t)type;
	python.run = (uintptr_t)run;
	python.run_end = python.run + sizes[0];
	python.at_mask = l->at_is_number ? 0xffffffff : ~(uintptr_t)0;
	python.entry_mask = l->entry == PYTHON_ENTRY_EACH ? 0 : 0xff;
	say(WIRE_PYTHON_FOLLOWED);
}

static size_t round_up(size_t n) { return (n + 63) & ~(size_t)63; }

size_t python_frames_thread_bytes(void) {
	size_t frames = process.depth + 1;
	return round_up(sizeof(struct python_thread)) + round_up(frames * 2 * sizeof(struct python_frame)) + python_most_joined(process.depth) * sizeof(struct python_joined);
}

void python_frames_begin_thread(struct thread *t, void *memory) {
	size_t frames = process.depth + 1;
	struct python_thread *p = memory;
	p->memo = (struct python_frame *)((char *)memory + round_up(sizeof *p));
	p->fresh = p->memo + frames;
	p->joined = (struct python_joined *)((char *)p->memo + round_up(frames * 2 * sizeof *p->memo));
	t->python = p;
}

/* ---- the list of frames ---- */

uintptr_t python_frames_own_state(void) {
	enum { APART = 1 << 14 /* bytes: some thread libraries keep theirs below the thread pointer */ };
	uintptr_t state = (uintptr_t)python.this_thread();
	return state && arch_thread_pointer() - python_word(state + python.layout->thread_id) < APART ? state : 0;
}

static uintptr_t innermost(uintptr_t state) {
	uintptr_t at = python_holder(state);
	return at ? python_word(at + (python.layout->held == PYTHON_NONE ? python.layout->frame : python.layout->held)) : 0;
}

ALWAYS_INLINE uintptr_t at_of(const struct python_layout *l, uintptr_t frame) { return python_word(frame + l->at) & python.at_mask; }
ALWAYS_INLINE uint8_t entry_of(const struct python_layout *l, uintptr_t frame) { return *(const uint8_t *)(frame + l->entry_byte) & python.entry_mask; }

/* Reports whether a frame, which is there, is as it was. */
ALWAYS_INLINE bool holds(const struct python_layout *l, const struct python_frame *f) {
	return at_of(l, f->frame) == f->at && python_word(f->frame + l->back) == f->back && python_word(f->frame + l->code) == f->code && entry_of(l, f->frame) == f->entry;
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
	uintptr_t code = python_word(frame + l->code);
	if (l->entry == PYTHON_ENTRY_SHIM && entry_of(l, frame) == PYTHON_OWNED_BY_CALL) return true;
	if (code % 8 || !probe_range(code, CODE_BYTES) || python_word(code + PYTHON_OBJECT_TYPE) != python.code_type) return false;
	const uint16_t objects[] = {l->name, l->file, l->line_table};
	for (size_t i = 0; i < COUNT_OF(objects); i++)
		if (python_word(code + objects[i]) % 8 || !probe_range(python_word(code + objects[i]), TEXT_BYTES)) return false;
	add_relaxed(&python.proven, 1);
	return true;
}

/* Reads a frame, but for its hash. Returns false where it is none. */
static bool read_frame(struct thread *t, uintptr_t frame, struct python_frame *f) {
	const struct python_layout *l = python.layout;
	if (!is_readable(l, frame)) {
		say(WIRE_PYTHON_UNLIKE);
		return false;
	}
	*f = (struct python_frame){.frame = frame, .code = python_word(frame + l->code), .at = at_of(l, frame), .back = python_word(frame + l->back), .entry = entry_of(l, frame)};
	if (l->entry == PYTHON_ENTRY_SHIM && f->entry == PYTHON_OWNED_BY_CALL) return true;
	if (!f->code || f->code % 8 || python_word(f->code + PYTHON_OBJECT_TYPE) != python.code_type) return false;
	/* Such code has a name for its file. */
	if (python_word(f->code + l->name) == python_word(f->code + l->file) && *(const uint32_t *)(f->code + l->first_line) == 0) {
		f->place = PLACE_HIDDEN;
		return true;
	}
	int64_t offset = l->at_is_number ? (int64_t)(int32_t)f->at * l->unit : (int64_t)(f->at - (f->code + l->instructions));
	f->place = python_code_place(t, l, t->python->places, f->code, offset > 0 ? (uint64_t)offset : 0);
	return true;
}

uint64_t python_frames_follow(struct thread *t, uintptr_t state) {
	enum { WHOLE = 1,
		CUT = 2 };
	const struct python_layout *l = python.layout;
	struct python_thread *p = t->python;
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
		if (!read_frame(t, frame, &fresh[n])) break;
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
		memo[k].hash = hash = python_mix(hash, memo[k].place << 8 | memo[k].entry);
	}
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	p->count = k;
	return k ? hash : 0;
}
