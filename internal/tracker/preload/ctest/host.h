/* What a part under test needs of the rest of the tracker: a thread that has a
 * ring in plain memory, and a recorder that never sleeps and lives in this
 * process. */
#ifndef HEAPPROF_CTEST_HOST_H
#define HEAPPROF_CTEST_HOST_H

#include "../csrc/process.h"
#include "../csrc/ring.h"

/* A thread with an empty ring that has seen no stack. */
struct thread *host_thread(void);

/* Ends the program with a message unless a condition holds. */
#define require(condition) require_that(condition, #condition, __FILE__, __LINE__)
void require_that(bool holds, const char *condition, const char *file, int line);

#endif
