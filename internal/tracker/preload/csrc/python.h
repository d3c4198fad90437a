/* The frames of Python's functions, between those of C.
 *
 * CPython runs a program's functions in one C function, of whose frames the stack tells nothing but
 * that. What runs is in frames of the interpreter's own, in a list from the innermost outwards that hangs on the
 * thread's state. python_stack follows that list, and puts each frame in the place of the C function's that
 * runs it; where one C frame runs several, all of them.
 *
 * It must cost little, as a Python program allocates at nearly each of its instructions. So the list is
 * remembered by each thread, as the stack is (unwind.c), and compared: a frame that has moved on, or is another
 * one, is read anew, and those further out only compared. A list has a hash of all that is in it, by function
 * and line. Which node of the call tree that list and a stack of C's come to together is remembered,
 * too; if not, the two are walked and put together, which comes to the same node.
 *
 * The thread's own state is looked at alone. No other thread changes that, whoever holds the interpreter's lock, and what
 * its frames name lives as long as they do. */
#ifndef HEAPPROF_PYTHON_H
#define HEAPPROF_PYTHON_H

#include "thread.h"

/* Returns the node of the stack that node is of, with Python's frames in it. */
NOINLINE uint32_t python_stack(struct thread *t, uint32_t node, uintptr_t frame_address);

#endif
