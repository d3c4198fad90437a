/* Keeps the table of modules as the loader has it, and announces what is new. */
#ifndef HEAPPROF_REFRESH_H
#define HEAPPROF_REFRESH_H

#include "thread.h"

/* Looks whether the loader has loaded or unloaded modules since the last call,
 * and if so announces the new ones in t's ring. Cheap when nothing changed. Returns
 * false where the loader may not be asked: inside an allocator (t->inside), and in a
 * forked child as long as a lock of the loader's may be held. */
bool refresh_modules(struct thread *t);

/* The same, and looks again where the references of those lead that came after the start,
 * if it matters: what the loader is still at is not bound when it is first seen. */
void refresh_references(struct thread *t);

/* In a forked child: whoever held a lock of modules or rules is not there. */
void refresh_unlock_in_child(void);

#endif
