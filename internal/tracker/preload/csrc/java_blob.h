/* Pieces of code that HotSpot has made, and the steps from their frames to their callers. */
#ifndef HEAPPROF_JAVA_BLOB_H
#define HEAPPROF_JAVA_BLOB_H

#include "frame.h"
#include "java_layout.h"

enum java_blob_kind {
	JAVA_BLOB_NONE = 0,
	JAVA_BLOB_INTERPRETER, /* which runs functions that are not compiled */
	JAVA_BLOB_COMPILED,    /* a function; or what calls one that is written in C */
	JAVA_BLOB_UNDOING,     /* it makes frames of the interpreter's out of a compiled function's */
	JAVA_BLOB_STUB,        /* anything else */
};

/* A piece of code. */
struct java_blob {
	uintptr_t start; /* where its description begins, in front of the code */
	enum java_blob_kind kind;
	uintptr_t frame_bytes; /* that its frame has, with the return address; 0: that is not said */
};

/* Returns the piece of code that a pc lies in; of the kind JAVA_BLOB_NONE where there is none. The piece is that for sure
 * only as long as a frame of the calling thread is of it. */
struct java_blob java_blob_at(uintptr_t pc);

/* Makes the step from a frame of a piece of code. Returns false where it cannot be told who the caller is. */
COLD bool java_blob_step(struct thread *t, const struct java_blob *blob, struct frame *f, struct frame *caller);

#endif
