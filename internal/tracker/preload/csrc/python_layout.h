/* Where CPython keeps what a stack of its functions is told by: the offsets of each version that is
 * known. internal/tracker/preload/python_test.go compares them with the headers of the
 * versions that are installed. */
#ifndef HEAPPROF_PYTHON_LAYOUT_H
#define HEAPPROF_PYTHON_LAYOUT_H

#include "base.h"

/* How the outermost frame is told of those that one call of the interpreter's function runs. */
enum python_entry {
	PYTHON_ENTRY_EACH,    /* each frame has a call of its own */
	PYTHON_ENTRY_FLAGGED, /* by a byte in the frame */
	PYTHON_ENTRY_SHIM,    /* behind it comes a frame that is no function's, and lies in the call's own frame on the stack */
};

/* How a table tells the line of an instruction. */
enum python_lines {
	PYTHON_LINES_LNOTAB,    /* co_lnotab, to 3.9 */
	PYTHON_LINES_LINETABLE, /* co_linetable of PEP 626, in 3.10 */
	PYTHON_LINES_LOCATIONS, /* co_linetable of PEP 657, from 3.11 on */
};

enum { PYTHON_NONE = 0xffff };

struct python_layout {
	uint16_t minor; /* of 3.x */
	/* In PyThreadState: the thread's pthread_t, and the innermost frame, or where that is held
	 * elsewhere, a pointer to what has it at held. */
	uint16_t thread_id, frame, held;
	uint16_t calls_back; /* in what has it: a pointer to the same of the call before; PYTHON_NONE: there is none */
	/* In a frame. */
	uint16_t code, back, at;
	uint8_t code_tags; /* bits of the word at code that are not the object's address */
	bool at_is_number; /* at is a number of 32 bits, in units of so many bytes; else an address in the code */
	uint8_t unit;
	enum python_entry entry;
	uint16_t entry_byte;
	/* In a code object. */
	uint16_t instructions, name, file, first_line, line_table;
	enum python_lines lines;
	uint16_t ascii, compact; /* bytes of a text's header, where all of it is ASCII, and where it is not */
};

/* Returns the layout of 3.minor; NULL: it is not known. */
const struct python_layout *python_layout(unsigned minor);

enum {
	PYTHON_OWNED_BY_CALL = 3, /* in entry_byte: FRAME_OWNED_BY_CSTACK, from 3.14 on FRAME_OWNED_BY_INTERPRETER */
	/* The same in all versions: in an object, a type, a bytes, a str. */
	PYTHON_OBJECT_TYPE = 8,
	PYTHON_TYPE_FLAGS = 168,
	PYTHON_TYPE_READY = 1 << 12, /* Py_TPFLAGS_READY */
	PYTHON_BYTES_SIZE = 16,
	PYTHON_BYTES = 32,
	PYTHON_TEXT_LENGTH = 16,
	PYTHON_TEXT_HASH = 24,
	PYTHON_TEXT_STATE = 32,
};

#endif
