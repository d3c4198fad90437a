/* Finds the CPython of the process: in what it begins with, and in what the loader brings later. */
#ifndef HEAPPROF_PYTHON_FIND_H
#define HEAPPROF_PYTHON_FIND_H

/* Looks among what the process has begun with, if Python's functions are wanted. */
void python_find_at_start(void);

/* Looks after objects_look has: among what is new, if there is no interpreter yet, and whether the library of the one that there
 * is goes. */
void python_find_look(void);

#endif
