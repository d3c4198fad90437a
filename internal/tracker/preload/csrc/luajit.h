/* The step from a frame of code that LuaJIT has compiled. */
#ifndef HEAPPROF_LUAJIT_H
#define HEAPPROF_LUAJIT_H

#include "frame.h"

/* Sets the caller of f, whose code lies in no module, if f is a frame of code that LuaJIT has compiled; reports whether it is. */
COLD bool luajit_step(struct thread *t, struct frame *f, struct frame *caller);

#endif
