/* The front and the start of the library that comes to a process which runs already, and is to run on without it: the
 * recorder has put it there (internal/tracker/attach), no loader knows of it, and it is bound to nothing. At the start all
 * threads stand still, and may be anywhere; it is called in a thread of its own, with the thread pointer of another one. So no
 * code of the program's is called, and no lock is waited for that a thread of the program's may hold.
 *
 * Here all that is recorded is patched, the C library's functions as well: nothing bears their names. */
#ifdef HEAPPROF_ATTACHED

#include "core.h"
#include "front_patched.h"
#include "guest.h"
#include "imports.h"
#include "join.h"
#include "layers.h"
#include "mapped.h"
#include "mark.h"
#include "pool.h"
#include "real.h"
#include "sys.h"

bool core_start(void) { return true; }

typedef int visit_module(struct dl_phdr_info *, size_t, void *);

/* Defined by the linker: see layers.c. */
extern const char __ehdr_start[] __attribute__((visibility("hidden")));
extern const char _end[] __attribute__((visibility("hidden")));

/* Has the library itself visited, which no loader knows. Without the loader's counters. */
static int visit_itself(visit_module *visit, void *data) {
	const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)__ehdr_start;
	struct dl_phdr_info info = {
		.dlpi_addr = (uintptr_t)__ehdr_start,
		.dlpi_name = "/heapprof-attached",
		.dlpi_phdr = (const ElfW(Phdr) *)(__ehdr_start + header->e_phoff),
		.dlpi_phnum = header->e_phnum,
	};
	return visit(&info, offsetof(struct dl_phdr_info, dlpi_adds), data);
}

static const struct wire_attached *at_start;

/* The modules as the recorder has found them. */
static int visit_found(visit_module *visit, void *data) {
	const struct wire_attached_module *m = (const struct wire_attached_module *)at_start->modules;
	for (uint64_t i = 0; i < at_start->module_count; i++) {
		struct dl_phdr_info info = {
			.dlpi_addr = m[i].bias,
			.dlpi_name = (const char *)m[i].name,
			.dlpi_phdr = (const ElfW(Phdr) *)m[i].headers,
			.dlpi_phnum = (ElfW(Half))m[i].header_count,
		};
		int result = visit(&info, sizeof info, data);
		if (result) return result;
	}
	return 0;
}

static int each_found(visit_module *visit, void *data) {
	int result = visit_found(visit, data);
	return result ? result : visit_itself(visit, data);
}

static int each_loaded(visit_module *visit, void *data) {
	int result = imports.dl_iterate_phdr(visit, data);
	return result ? result : visit_itself(visit, data);
}

static uint64_t shims[WIRE_SHIMS];

static void tell(void) {
	front_patched_shims(shims);
	guest = (struct wire_guest){
		.start = (uint64_t)__ehdr_start,
		.end = (uint64_t)_end,
		.mappings = (uint64_t)mapped_all,
		.mapping_places = MAPPED_PLACES,
		.threads = (uint64_t)guest_threads,
		.thread_places = GUEST_PLACES,
		.placeless = (uint64_t)&guest_placeless,
		.own = (uint64_t)process_own_mapping(),
		.off = (uint64_t)&process.off,
		.shims = (uint64_t)shims,
		.entered = (uint64_t)mark_entered(0),
		.exits = (uint64_t)mark_exits(),
	};
}

static bool begin(const struct wire_attached *from) {
	/* What needs names of the C library's, or to have been there from the start. */
	enum { MAY_NOT = WIRE_FREES | WIRE_RETAINED | WIRE_FAILS };
	struct wire_control *c = (struct wire_control *)from->control;
	if (c->flags & MAY_NOT || !join_attached(c, from->pid, from->own_pid)) return false;
	real.dl_iterate_phdr = each_found;
	front_patched_later();
	/* Of a block from before only its realloc's stack is known. */
	process.resizes_specially = true;
	core_make_ready();
	/* The calling thread has the thread pointer of one of the program's, and ends at once. */
	if (thread_current) pool_thread_ended(thread_current);
	if (imports.dl_iterate_phdr) real.dl_iterate_phdr = each_loaded;
	return !process.off;
}

/* Unmaps all that the library has mapped. */
static void end(void) {
	if (process.alive && process_own_mapping()->bytes) sys_unmap((void *)process_own_mapping()->at, process_own_mapping()->bytes);
	for (uint32_t i = 0; i < MAPPED_PLACES; i++)
		if (mapped_all[i].bytes) sys_unmap((void *)mapped_all[i].at, mapped_all[i].bytes);
}

/* The library's entry. Returns the address of its struct wire_guest, or 0 if it does not record: then nothing is left of it
 * but what the recorder has mapped. */
__attribute__((used)) uint64_t front_attached_start(const struct wire_attached *from) {
	at_start = from;
	imports.dl_iterate_phdr = (int (*)(visit_module *, void *))from->iterate;
	imports.errno_location = (int *(*)(void))from->errno_at;
	imports.loader = (const struct r_debug *)from->loader;
	guest_tid_at = from->tid_at;
	sys_forbid(from->forbidden);
	if (begin(from)) {
		tell();
		return (uint64_t)&guest;
	}
	process_stop();
	end();
	return 0;
}

#endif
