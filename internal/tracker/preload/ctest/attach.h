/* A program into which the second build of the library is put as a recorder does it: mapped as its segments say,
 * relocated, and started with a shared memory that nobody reads. */
#ifndef HEAPPROF_CTEST_ATTACH_H
#define HEAPPROF_CTEST_ATTACH_H

#include "../csrc/arch.h"
#include "../csrc/wire_event.h"

enum { ATTACH_RINGS = 4096 };

struct attach {
	char *memory; /* the shared memory as the recorder has it: it is no mapping of the library's */
	struct wire_control *control;
	char *image; /* where the library lies */
	size_t image_bytes;
	struct wire_attached from;
	struct wire_guest *guest; /* NULL: it does not record */
};

/* Puts the library at path into this process, with those flags (wire_control.flags). tid_at: see struct wire_attached. */
struct attach attach(const char *path, uint32_t flags, uint32_t tid_at);

/* Unmaps all that attach has mapped. */
void attach_forget(struct attach *a);

/* Calls the function original through the hook for action, as a patched entry does. */
uintptr_t attach_call(const struct attach *a, uint32_t action, void *original, uintptr_t first, uintptr_t second);

/* The same with four arguments, of which the one with that number is the record's pointer. */
uintptr_t attach_call_4(const struct attach *a, uint32_t action, unsigned pointer, void *original, const uintptr_t arguments[4]);

/* Where glibc keeps a thread's id behind its thread pointer; 0: it was not found. */
uint32_t attach_find_tid(void);

struct wire_process *attach_process(const struct attach *a, uint32_t index);
struct wire_ring *attach_ring(const struct attach *a, uint32_t index);
const uint64_t *attach_words(const struct attach *a, uint32_t index);

/* How many events of a kind all rings have. */
unsigned attach_count(const struct attach *a, enum wire_kind kind);

/* The calling thread's entry, or NULL. */
struct wire_guest_thread *attach_thread(const struct attach *a);

#define require(condition) attach_require(condition, #condition, __FILE__, __LINE__)
void attach_require(bool holds, const char *condition, const char *file, int line);

#endif
