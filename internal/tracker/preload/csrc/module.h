/* The files mapped into the program: where they lie, and their unwind information. The table
 * of them is read by all threads, and changed by refresh.c alone, which holds a lock. */
#ifndef HEAPPROF_MODULE_H
#define HEAPPROF_MODULE_H

#include "cfi.h"
#include "wire_event.h"

enum { MODULE_MAX = 4096 /* at once; refresh.c counts those beyond */ };

struct module {
	uintptr_t start, end; /* first mapped byte, one past the last */
	bool bypasses;        /* what it allocates is not recorded: see references.h */
	bool gone;            /* unloaded; its place in the table may become another's */
	bool has_cfi;
	uint16_t number; /* in events; WIRE_NO_MODULE: there was none left */
	struct cfi_module cfi;
	uintptr_t bias;
	uint64_t identity; /* hash of path and build-id */
};

/* Counts how often addresses have lost their meaning, mostly by an unloading: what was found
 * out about them under another epoch may be void. */
extern uint32_t module_epoch;

/* Returns the module that pc lies in, or NULL. */
const struct module *module_at(uintptr_t pc);

/* Copies the module that pc lies in. Returns false where there is none, or where another
 * thread has put another module at its place in the meantime. */
bool module_copy(uintptr_t pc, struct module *copy);

/* ---- for refresh.c ---- */

/* By whom the module's nodes are put aside (nodes.h); 0: they are not, for it has no number. */
ALWAYS_INLINE uint32_t module_owner(const struct module *m) { return m->number == WIRE_NO_MODULE ? 0 : m->number + 1u; }

/* Reports whether the table has any module. */
bool module_any(void);

/* Returns the module behind m in the table, for NULL the first one; NULL behind the last. */
struct module *module_next(const struct module *m);

/* Returns the module with these addresses and this identity, or NULL. The search begins at
 * *from, which is set behind the place that is found: mostly the next module that the
 * loader names stands there. */
struct module *module_find(uintptr_t start, uintptr_t end, uint64_t identity, uint32_t *from);

/* Puts a module into the table, and gives it a number. NULL: there is no place. */
struct module *module_add(const struct module *added);

/* Says that the table has changed, so that what module_at has kept is void. */
void module_table_changed(void);

/* Says, once, that the modules that are in the table now are those of the start. */
void module_begun(void);

/* Reports whether any module has come after the start. */
bool module_any_later(void);

/* Reports whether a module with these addresses came after the start. */
bool module_came_later(uintptr_t start, uintptr_t end);

/* In a forked child: another thread of its parent's may have been changing the table. */
void module_mend_in_child(void);

#endif
