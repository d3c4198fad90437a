#include "inner.h"

#include "layers.h"
#include "limit.h"
#include "nested.h"
#include "pool.h"
#include "record.h"
#include "sample.h"
#include "unwind.h"

/* Returns the state of the call under way within which the hook at frame_address was
 * called; NULL where the hook's call is to be left out. */
static struct thread *outer_of(uintptr_t frame_address) {
	struct thread *t = thread_current;
	if (process.off || !t || !t->live || !t->busy) return NULL;
	unsigned level = 0;
	for (; t->nested && t->nested->busy; t = t->nested)
		if (++level == THREAD_DEEPEST) return NULL;
	return frame_address < t->busy ? t : NULL;
}

static bool is_of_layer(uintptr_t frame_address) { return layers_hold(((const uintptr_t *)frame_address)[1]); }

static void write(struct thread *own, const struct inner *i) {
	record_block(own, i->block, i->bytes, i->stack);
	if (process.keeps_limit) limit_made(own, i->block, i->bytes);
}

static void forget(struct thread *t, struct inner *i) {
	if (unlikely(t->countdown) && i->block) sampled_remove(i->block);
	*i = t->inners[--t->inner_count];
}

static struct inner *find(struct thread *t, uintptr_t block) {
	for (struct inner *i = t->inners; i < t->inners + t->inner_count; i++)
		if (i->block == block) return i;
	return NULL;
}

/* The layers in which a block lies count no more: what the block is counts. */
static void settle(struct thread *t, uintptr_t block) {
	for (uint32_t k = t->inner_count; k-- > 0;) {
		struct inner *i = &t->inners[k];
		if (!i->block || block - i->block >= (i->bytes ? i->bytes : 1)) continue;
		if (i->path && i->path->frame == i->frame) i->path->is_layer = process.layered = true;
		forget(t, i);
	}
}

bool inner_was_refused(struct thread *t) {
	struct inner *i = t->inner_count ? find(t, 0) : NULL;
	if (i) forget(t, i);
	return i;
}

void inner_is_told(struct thread *t) {
	if (t->inner_count < INNERS) t->inners[t->inner_count++] = (struct inner){0};
}

/* It is told of as a call of the one under way, and at once: where the outer call is left by an
 * exception that nobody catches, the program ends there. */
void inner_refused(size_t bytes, uintptr_t frame_address) {
	struct thread *t = outer_of(frame_address), *own;
	if (!t || !bytes) return;
	bool told = inner_was_refused(t);
	inner_is_told(t);
	if (told) return; /* the outer call has tried again */
	if (!(own = pool_begin_nested(t, frame_address))) return process_count_lost();
	uint32_t stack = unwind(own, t->busy);
	own->stamp = arch_stamp_after();
	ring_write3(own, wire_call(own->stamp, stack, WIRE_CALL_REFUSED, WIRE_REFUSED_BY_ALLOCATOR, bytes));
	own->busy = 0;
}

void inner_allocated(uintptr_t block, size_t bytes, uintptr_t frame_address) {
	struct thread *t = outer_of(frame_address), *own;
	if (!block) return inner_refused(bytes, frame_address);
	block = arch_address(block);
	if (!t || !record_fits(block)) return;
	struct nesting *path = nested_path(t, frame_address);
	if (path ? path->is_layer : is_of_layer(frame_address)) return;
	if (unlikely(t->countdown) && !sample_takes(t, bytes)) return;
	settle(t, block);
	if (unlikely(t->countdown) && !sampled_add(block)) return process_count_lost();
	if (!(own = pool_begin_nested(t, frame_address))) return process_count_lost();
	struct inner i = {.block = block, .bytes = bytes, .stack = unwind(own, frame_address), .path = path, .frame = frame_address};
	if (t->inner_count < INNERS) t->inners[t->inner_count++] = i;
	else write(own, &i); /* of so many, hardly one is where the outer block lies */
	own->busy = 0;
}

/* Tells that a block is freed or resized, which are two events of one shape. */
static void tell(struct thread *own, struct wire_event2 (*event)(uint64_t stamp, uint64_t address), uintptr_t block, uintptr_t frame_address) {
	uint32_t stack = process.frees ? unwind(own, frame_address) : WIRE_ROOT;
	own->stamp = record_stamp_before(own);
	struct wire_event2 e = event(own->stamp, block);
	if (process.frees) ring_write3(own, wire_through(e, stack, WIRE_FAMILY_UNTOLD));
	else ring_write2(own, e);
}

void inner_frees(uintptr_t block, uintptr_t frame_address) {
	struct thread *t = outer_of(frame_address), *own;
	block = arch_address(block);
	if (!t || t->freeing == block || !record_fits(block) || is_of_layer(frame_address)) return;
	if (unlikely(t->countdown) && !sampled_holds(block)) return;
	struct inner *i = find(t, block);
	if (i) return forget(t, i);
	if (!(own = pool_begin_nested(t, frame_address))) return process_count_lost();
	tell(own, wire_free_inner, block, frame_address);
	if (unlikely(t->countdown)) sampled_remove(block);
	if (process.keeps_limit) limit_ends(block);
	own->busy = 0;
}

bool inner_resizes(uintptr_t block, uintptr_t frame_address) {
	if (process.sample_mean) return inner_frees(block, frame_address), false; /* see core_sample_allocated */
	struct thread *t = outer_of(frame_address), *own;
	block = arch_address(block);
	if (!t || t->freeing == block || !record_fits(block) || is_of_layer(frame_address)) return false;
	if (frame_address < t->inner_resize) return false; /* a part of how another block is resized */
	if (!(own = pool_begin_nested(t, frame_address))) return process_count_lost(), false;
	struct inner *i = find(t, block);
	if (i) {
		write(own, i);
		forget(t, i);
	}
	tell(own, wire_realloc_inner, block, frame_address);
	if (process.keeps_limit) limit_resizes(own, block);
	own->busy = 0;
	t->inner_resize = frame_address;
	return true;
}

void inner_resized(uintptr_t block, size_t bytes, bool old_is_gone, uintptr_t frame_address) {
	struct thread *t = outer_of(frame_address), *own;
	if (!t) return;
	t->inner_resize = 0;
	if (block) settle(t, arch_address(block));
	else if (bytes) inner_refused(bytes, frame_address);
	if (!(own = pool_begin_nested(t, frame_address))) return process_count_lost();
	record_realloced(own, (void *)block, bytes, old_is_gone, WIRE_ROOT);
	if (process.keeps_limit) limit_resized(own, arch_address(block), bytes, old_is_gone, false);
	own->busy = 0;
}

void inner_settle(struct thread *t, uintptr_t block) {
	inner_was_refused(t); /* but the outer call has found memory */
	settle(t, block);
}

void inner_write_left(struct thread *t) {
	struct thread *own = pool_begin_nested(t, (uintptr_t)__builtin_frame_address(0));
	for (uint32_t k = 0; own && k < t->inner_count; k++)
		if (t->inners[k].block) write(own, &t->inners[k]);
	if (own) own->busy = 0;
	t->inner_count = 0;
}
