#include "refresh.h"

#include "java_layout.h"
#include "layers.h"
#include "loaded.h"
#include "lock.h"
#include "module.h"
#include "nodes.h"
#include "process.h"
#include "ring.h"
#include "rulecache.h"
#include "sys.h"

/* For some three thousand modules; if that is too little, eight times as much. */
enum { SCRATCH_BYTES = 1 << 20 };

static struct lock refresh_lock;
static unsigned long long seen_loads, seen_unloads; /* the loader's counters */
static uint32_t merged_look;
static uint32_t numberless; /* modules for which there was no number left */

static void announce(struct thread *t, uint32_t number, const struct loaded *f) {
	struct wire_event5 e = wire_module(&(struct wire_module){
		.number = number,
		.bypasses = f->bypasses,
		.start = f->start,
		.end = f->end,
		.bias = f->bias,
		.build_id_bytes = f->build_id_bytes,
		.path_bytes = f->path_bytes,
	});
	ring_write_text(t, e.w, 5, f->build_id, f->build_id_bytes, f->path, f->path_bytes);
}

static struct module *add_module(struct thread *t, const struct loaded *f, uint64_t identity) {
	struct module added = {.start = f->start, .end = f->end, .bias = f->bias, .identity = identity, .bypasses = f->bypasses};
	added.has_cfi = f->eh_frame_hdr && cfi_open(&added.cfi, f->eh_frame_hdr, f->segments, f->segment_count);
	struct module *m = module_add(&added);
	if (!m) return NULL;
	if (m->number == WIRE_NO_MODULE) numberless++;
	else announce(t, m->number, f);
	java_layout_see(f->path, f->path_bytes, f->start, f->bias);
	return m;
}

/* Reports whether m is among what the loader has loaded. The search begins at *from, as that
 * of module_find. */
static bool is_among(const struct module *m, const struct loaded *first, const struct loaded **from) {
	const struct loaded *begin = *from ? *from : first, *f = begin;
	do {
		if (!f) break;
		if (f->start == m->start && f->end == m->end && loaded_identity(f) == m->identity) {
			*from = f->next;
			return true;
		}
		f = f->next ? f->next : first;
	} while (f != begin);
	return false;
}

/* Addresses that lose their meaning. */
struct lost {
	struct nodes_range range[NODES_RANGES];
	unsigned count;
};

static void forget(struct lost *lost) {
	if (!lost->count) return;
	/* In this order: who learns something of a lost address sees that the epoch has changed, or
	 * has done so before this looks for it. */
	module_table_changed();
	__atomic_fetch_add(&module_epoch, 1, __ATOMIC_SEQ_CST);
	rulecache_forget(lost->range, lost->count);
	nodes_take_out(lost->range, lost->count);
	lost->count = 0;
}

static void lose(struct lost *lost, uintptr_t start, uintptr_t end, uint32_t owner) {
	if (lost->count == NODES_RANGES) forget(lost);
	lost->range[lost->count++] = (struct nodes_range){start, end, owner};
}

static void merge(struct thread *t, const struct loaded_scan *scan) {
	/* Another thread, which looked later, was here first. The counters do not tell: with
	 * dlmopen's namespaces glibc counts unloadings that were none, and takes them back. */
	if (scan->look < merged_look) return;
	merged_look = scan->look;
	uint32_t placeless = 0;
	bool unloaded = scan->unloads != seen_unloads;
	struct lost lost = {.count = 0};
	const struct loaded *from = NULL;
	for (struct module *m = NULL; unloaded && (m = module_next(m));) {
		if (m->gone || is_among(m, scan->first, &from)) continue;
		store_relaxed(&m->gone, true);
		lose(&lost, m->start, m->end, module_owner(m));
	}
	forget(&lost);
	uint32_t next = 0;
	for (const struct loaded *f = scan->first; f; f = f->next) {
		uint64_t identity = loaded_identity(f);
		struct module *m = module_find(f->start, f->end, identity, &next);
		if (m && f->bypasses && !m->bypasses && m->number != WIRE_NO_MODULE) {
			m->bypasses = true;
			announce(t, m->number, f);
		}
		bool comes = !m || m->gone;
		if (!m) m = add_module(t, f, identity);
		if (m) store_relaxed(&m->gone, false);
		else placeless++;
		if (comes && nodes_any_outside(f->start, f->end)) {
			lose(&lost, f->start, f->end, 0);
			forget(&lost);
		}
		if (m && comes) nodes_put_back(module_owner(m)); /* it may have been here before */
	}
	if (numberless + placeless > process.slot->unplaced) store_relaxed(&process.slot->unplaced, numberless + placeless);
	module_table_changed();
	module_begun();
	seen_loads = scan->loads;
	seen_unloads = scan->unloads;
}

/* Returns whether the loader could be asked. */
static bool refresh(struct thread *t, bool again) {
	/* A thread that holds the loader's lock may be waiting for a lock that this thread holds:
	 * a callback of dl_iterate_phdr that allocates. While no module is known the process is
	 * only beginning, and has no other thread. */
	if ((t->inside && module_any()) || process.loader_held) return false;
	/* It is being asked, and what it calls is counted. */
	if (thread_current && thread_current->asks) return false;
	struct loaded_scan scan = {.seen_loads = seen_loads, .seen_unloads = seen_unloads};
	loaded_look(&scan);
	if (!scan.changed && !again) return true;
	for (size_t room = SCRATCH_BYTES; room <= 8 * SCRATCH_BYTES; room *= 8) {
		scan = (struct loaded_scan){.scratch = sys_map(room), .room = room};
		if (!scan.scratch) return true;
		loaded_look(&scan);
		if (!scan.full) break;
		if (room < 8 * SCRATCH_BYTES) sys_unmap(scan.scratch, room);
	}
	struct locked held = lock_take(&refresh_lock);
	if (held.lock) merge(t, &scan);
	lock_release(held);
	sys_unmap(scan.scratch, scan.room);
	return true;
}

bool refresh_modules(struct thread *t) { return refresh(t, false); }

void refresh_references(struct thread *t) {
	if (process.unpatched) refresh(t, true);
}

void refresh_unloaded(bool (*may_be_there)(uintptr_t bias)) {
	struct lost lost = {.count = 0};
	struct locked held = lock_take(&refresh_lock);
	for (struct module *m = NULL; held.lock && (m = module_next(m));) {
		if (m->gone || layers_in_tracker(m->start) || may_be_there(m->bias)) continue;
		store_relaxed(&m->gone, true);
		lose(&lost, m->start, m->end, module_owner(m));
	}
	forget(&lost);
	lock_release(held);
}

void refresh_unlock_in_child(void) {
	lock_reset(&refresh_lock);
	module_mend_in_child();
	rulecache_unlock_in_child();
}
