#include "java.h"

#include "calltree.h"
#include "java_blob.h"
#include "process.h"
#include "walked.h"

bool java_methods_of(struct thread *t, const struct frame *f, bool is_finished, struct java_methods *m) {
	struct java_blob blob = java_blob_at(f->pc);
	m->count = 0;
	switch (blob.kind) {
	case JAVA_BLOB_NONE: return false;
	case JAVA_BLOB_INTERPRETER:
		if (is_finished) java_method_interpreted(t, f->fp, m);
		return m->count != 0;
	case JAVA_BLOB_COMPILED: java_method_compiled(t, blob.start, f->pc + 1, f->sp, m); return m->count != 0;
	default: return true;
	}
}

/* A stack that is put together, outermost first. */
struct joining {
	struct thread *t;
	uint32_t node, chain;
	uint32_t left_out; /* of the outermost frames */
	uint32_t count;    /* frames so far, with those */
};

static void put(struct joining *j, uintptr_t place, bool is_method) {
	if (j->count++ < j->left_out) return;
	j->chain = calltree_hash(j->chain, place);
	j->node = is_method ? walked_child(j->t, j->node, place, j->chain) : calltree_child(j->t, j->node, place, j->chain);
}

uint32_t java_unfinished(struct thread *t, uint32_t n) {
	uint32_t end = 0;
	bool undoing = false;
	for (uint32_t i = 0; i < n; i++) {
		enum java_blob_kind kind = java_blob_at(t->fresh[i].pc).kind;
		undoing = kind == JAVA_BLOB_UNDOING || (undoing && kind == JAVA_BLOB_INTERPRETER);
		if (undoing) end = i + 1;
	}
	return end;
}

static void put_all(struct joining *j, uint32_t n, uint32_t unfinished) {
	struct java_methods m;
	for (uint32_t i = n; i-- > 0 && j->t->live;) {
		const struct frame *f = &j->t->fresh[i];
		if (java_methods_of(j->t, f, i >= unfinished, &m))
			while (m.count) put(j, m.places[--m.count], true);
		else put(j, f->pc, false);
	}
}

uint32_t java_stack(struct thread *t, uintptr_t frame_address) {
	if (!t->live) return WIRE_ROOT;
	uint32_t root, n = walked_frames(t, frame_address, &root), unfinished = java_unfinished(t, n), most = walked_most(t->depth);
	struct joining j = {.t = t, .node = root, .chain = root};
	put_all(&j, n, unfinished);
	if (j.count > most) {
		process_count_deep(j.count);
		j = (struct joining){.t = t, .node = WIRE_ROOT_TRUNCATED, .chain = WIRE_ROOT_TRUNCATED, .left_out = j.count - most};
		put_all(&j, n, unfinished);
	}
	return t->live ? j.node : WIRE_ROOT;
}
