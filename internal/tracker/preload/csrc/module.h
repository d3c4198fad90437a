/* The files mapped into the program: where they lie, and their unwind information. The table
 * of them is read by all threads, and changed by refresh.c alone, which holds a lock. */
#ifndef HEAPPROF_MODULE_H
#define HEAPPROF_MODULE_H

#include "cfi.h"
#include "wire_event.h"

enum { MODULE_MAX = 4096 /* at once; refresh.c counts those beyond */ };

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

/* The module that pc lies in, or NULL. */
const struct module *module_at(uintptr_t pc);

/* Copies it. False where there is none, or it was just being replaced by another. */
bool module_copy(uintptr_t pc, struct module *copy);

/* ---- for refresh.c ---- */

/* Whether there is any. */
bool module_any(void);

/* The one behind m in the table, the first behind NULL; or NULL. */
struct module *module_next(const struct module *m);

/* The module with these addresses and this identity, or NULL. The search begins at *from,
 * which is set behind what is found: the loader's order is that in which they came. */
struct module *module_find(uintptr_t start, uintptr_t end, uint64_t identity, uint32_t *from);

/* Puts a module into the table, and gives it a number. NULL: there is no place. */
struct module *module_add(const struct module *added);

/* The table has changed: what was kept of it in between is void. */
void module_table_changed(void);

/* The modules that there are now are those of the start. And whether one that lies there came later. */
void module_begun(void);
bool module_came_later(uintptr_t start, uintptr_t end);

/* In a forked child, whose parent may have been just at it. */
void module_mend_in_child(void);

#endif
