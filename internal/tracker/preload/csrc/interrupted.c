#include "interrupted.h"

#include "process.h"
#include "sample.h"
#include "sys.h"
#include "text.h"

struct interrupted {
	size_t bytes; /* of the copy as a whole */
	struct thread *states[THREAD_DEEPEST + 1];
	char copies[] __attribute__((aligned(64))); /* of these, as many as there are */
};

/* A state's memory, without the first of the call tree, which lies in between for the first
 * thread: a child begins with an empty one. */
enum { PARTS = 2 };
struct part {
	char *at;
	size_t bytes;
};

/* is: what t holds, or held. */
static void find_parts(const struct thread *t, const struct thread *is, struct part parts[PARTS]) {
	char *end = (char *)(is->checks + 2 * (is->depth + 1)), *known_end = (char *)(is->known_words + KNOWN_WORDS);
	parts[0] = (struct part){(char *)t, (size_t)(end - (char *)t)};
	parts[1] = (struct part){(char *)is->known_filter, (size_t)(known_end - (char *)is->known_filter)};
}

static size_t bytes_of(const struct thread *t) {
	struct part parts[PARTS];
	find_parts(t, t, parts);
	return parts[0].bytes + parts[1].bytes;
}

struct interrupted *interrupted_copy(void) {
	if (process.off || !thread_current || !thread_current->live || !thread_current->busy) return NULL;
	size_t bytes = sizeof(struct interrupted) + COUNT_OF((struct interrupted){0}.states) * bytes_of(thread_current);
	struct interrupted *copy = sys_map(bytes);
	if (!copy) return NULL;
	copy->bytes = bytes;
	char *to = copy->copies;
	unsigned count = 0;
	for (struct thread *t = thread_current; t && t->busy && count < COUNT_OF(copy->states); t = t->nested) {
		struct part parts[PARTS];
		find_parts(t, t, parts);
		copy->states[count++] = t;
		for (unsigned i = 0; i < PARTS; to += parts[i++].bytes) memcpy(to, parts[i].at, parts[i].bytes);
	}
	return copy;
}

/* Gives a state back what it held, but for the way to the recorder. */
static char *restore(struct thread *t, char *from) {
	static struct wire_countdown uncounted;
	struct part parts[PARTS];
	find_parts(t, (const struct thread *)from, parts);
	for (unsigned i = 0; i < PARTS; from += parts[i++].bytes) memcpy(parts[i].at, from, parts[i].bytes);
	t->live = 0;
	t->head = t->room_until = 0;
	if (t->countdown) t->countdown = &uncounted;
	return from;
}

void interrupted_go_on(struct interrupted *copy) {
	if (!copy) return;
	char *from = copy->copies;
	bool in_child = !load_relaxed(process.alive);
	for (unsigned i = 0; in_child && i < COUNT_OF(copy->states) && copy->states[i]; i++) from = restore(copy->states[i], from);
	if (in_child) sample_by(NULL);
	sys_unmap(copy, copy->bytes);
}
