/* The memory that the program and the recorder share, and the way to it. */
#ifndef HEAPPROF_SHARED_H
#define HEAPPROF_SHARED_H

#include "base.h"
#include "wire.h"

/* Finds the recorder by the environment and maps the control page. NULL: there is no
 * recorder, or none that records. */
struct wire_control *shared_open(void);

/* Takes c for the control page, which the recorder has mapped. There is no way to its descriptor then: more is mapped by
 * shared_map_again alone. NULL: it is none that records. */
struct wire_control *shared_adopt(struct wire_control *c);

/* Maps a part of the shared memory by the recorder's descriptor; NULL where that
 * cannot be had. */
void *shared_map(uint64_t offset, size_t bytes);

/* The same without a descriptor, if that can be had: the program may be at its limit, or
 * in another root than at its start. */
void *shared_map_again(uint64_t offset, size_t bytes);

/* Maps what says that this process lives, and its forked children after it: see
 * wire_control.life. If it cannot be had, they may be taken to have ended where the
 * recorder has nothing else to tell them by. */
void shared_show_life(void);

#endif
