/* The files mapped into the program: where they lie, and their unwind information. */
#ifndef HEAPPROF_MODULE_H
#define HEAPPROF_MODULE_H

#include "cfi.h"
#include "thread.h"

struct module {
	uintptr_t start, end; /* first mapped byte, one past the last */
	bool past_us;         /* what it allocates is not recorded: see references.h */
	bool gone;            /* unloaded; its place in the table may become another's */
	bool has_cfi;
	uint16_t number; /* in events; WIRE_NO_MODULE: there was none left */
	struct cfi_module cfi;
	uintptr_t bias;
	uint64_t identity; /* hash of path and build-id */
};

/* Moves each time a module was unloaded: what is known of addresses is void. */
extern uint32_t module_epoch;

/* Looks whether the loader has loaded or unloaded modules since the last call,
 * and if so announces the new ones in t's ring. Cheap when nothing changed. Returns
 * false where the loader may not be asked: inside an allocator (t->inside), and in a
 * forked child as long as a lock of the loader's may be held. */
bool module_refresh(struct thread *t);

/* The same, and looks again where the references of those lead that came after the start,
 * if it matters: what the loader is still at is not bound when it is first seen. */
void module_refresh_references(struct thread *t);

/* In a forked child: whoever held a lock of modules or rules is not there. */
void module_unlock_in_child(void);

/* The module that pc lies in, or NULL. */
const struct module *module_at(uintptr_t pc);

/* Copies it. False where there is none, or it was just being replaced by another. */
bool module_copy(uintptr_t pc, struct module *copy);

#endif
