/* Functions of Java's: the numbers by which the recorder knows them, the lines of their instructions, and which ones
 * compiled code is made of. */
#ifndef HEAPPROF_JAVA_METHOD_H
#define HEAPPROF_JAVA_METHOD_H

#include "java_layout.h"
#include "thread.h"

/* The functions that a frame runs, as places of WIRE_PYTHON, innermost first. */
enum { JAVA_METHODS_MOST = 64 };
struct java_methods {
	uint32_t count;
	uint64_t places[JAVA_METHODS_MOST];
};

/* Finds the function of a frame of the interpreter's, by its frame pointer. None where it makes no sense. */
void java_method_interpreted(struct thread *t, uintptr_t fp, struct java_methods *m);

/* Finds those of a compiled one's: with it those that were inlined at the return address. */
void java_method_compiled(struct thread *t, uintptr_t blob, uintptr_t return_address, uintptr_t sp, struct java_methods *m);

#endif
