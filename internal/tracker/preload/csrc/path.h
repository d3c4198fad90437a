/* Names of files. */
#ifndef HEAPPROF_PATH_H
#define HEAPPROF_PATH_H

#include "base.h"

/* Writes the current directory, which ends with a slash, to path, of size bytes; not
 * terminated. It leaves half of the room for what follows. Returns its length; 0 where it
 * is not known, or too long. */
size_t path_directory(char *path, size_t size);

#endif
