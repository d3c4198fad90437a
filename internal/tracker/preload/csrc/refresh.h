/* Keeps the table of modules as the loader has it, and announces what is new. */
#ifndef HEAPPROF_REFRESH_H
#define HEAPPROF_REFRESH_H

#include "thread.h"

/* Brings the table up to date if the loader has loaded or unloaded modules since the last
 * call, and announces the new ones in t's ring. Cheap when nothing has changed. Returns
 * false where the loader may not be asked: inside an allocator (t->inside), and in a
 * forked child as long as a lock of the loader's may be held. */
bool refresh_modules(struct thread *t);

/* The same, and looks again, if that matters, whether modules that came after the start
 * bypass the tracker: while the loader is still at a module its references are not bound. */
void refresh_references(struct thread *t);

/* Takes modules for unloaded that may_be_there does not know, by their load addresses. To be called by the thread that unloads,
 * within the loader. */
COLD void refresh_unloaded(bool (*may_be_there)(uintptr_t bias));

/* In a forked child: releases the locks of modules and rules, whose holder is not there. */
void refresh_unlock_in_child(void);

#endif
