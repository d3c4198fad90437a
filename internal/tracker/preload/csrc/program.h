/* Where the program's file is, as a person would name it. */
#ifndef HEAPPROF_PROGRAM_H
#define HEAPPROF_PROGRAM_H

#include "base.h"

/* The path of the program, which is mapped at start: its length, 0 where it cannot
 * be found out. It is not terminated. It is looked for once, while there is one
 * thread: relative names lose their meaning. */
size_t program_path(uintptr_t start, const char **path);

/* Writes the path of the file that is mapped at an address and returns its length, 0
 * where none is. It is not terminated. */
size_t program_mapped_path(uintptr_t at, char *path, size_t size);

#endif
