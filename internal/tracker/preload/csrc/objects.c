#include "objects.h"

#include "imports.h"
#include "sys.h"

enum { MAX_OBJECTS = 4096 /* those beyond are left alone */ };

static struct object objects[MAX_OBJECTS];
static uint32_t object_count, looks;

/* Objects keep their order mostly, so the search goes on where the last one ended. */
static struct object *known(uintptr_t dynamic, uint32_t *next) {
	for (uint32_t tried = 0; tried < object_count; tried++) {
		struct object *o = &objects[*next < object_count ? *next : 0];
		*next = (uint32_t)(o - objects) + 1;
		if (o->dynamic == dynamic) return o;
	}
	return NULL;
}

struct look {
	struct objects_new fresh;
	uint32_t next; /* where known goes on */
	char *names;
	uint32_t names_size;
	bool unnamed; /* a path does not fit, or is not known to be one */
};

static void add_name(struct look *l, const char *name) {
	uint32_t bytes = (uint32_t)text_length(name) + 1;
	if (name[0] != '/' || bytes > l->names_size - l->fresh.names_bytes) {
		l->unnamed = true;
		return;
	}
	memcpy(l->names + l->fresh.names_bytes, name, bytes);
	l->fresh.names_bytes += bytes;
}

static void see(const struct link_map *m, struct look *l) {
	uintptr_t dynamic = (uintptr_t)m->l_ld;
	struct object *o = known(dynamic, &l->next);
	/* In a namespace of dlmopen's, the loader stands for itself. */
	if (o && o->seen == looks) return;
	if (o && o->bias == m->l_addr) {
		o->seen = looks;
		return;
	}
	if (object_count == MAX_OBJECTS) return;
	objects[object_count++] = (struct object){.dynamic = dynamic, .bias = m->l_addr, .came = looks, .seen = looks};
	if (dynamic < l->fresh.lo) l->fresh.lo = dynamic;
	if (dynamic > l->fresh.hi) l->fresh.hi = dynamic;
	add_name(l, m->l_name ? m->l_name : "");
}

/* The code of a library is not called any more when it has been unloaded, and so are
 * its hooks not: those that are under way return to our own code. */
static void forget_gone(void) {
	uint32_t kept = 0;
	for (uint32_t i = 0; i < object_count; i++) {
		struct object *o = &objects[i];
		if (o->seen == looks) objects[kept++] = *o;
		else if (o->code) sys_unmap((void *)o->code, o->code_bytes);
	}
	object_count = kept;
}

/* Each namespace has a list; where there may be several, the next one's head stands
 * behind (glibc 2.35's struct r_debug_extended). */
static const struct r_debug *after(const struct r_debug *list) {
	return list->r_version >= 2 ? *(const struct r_debug *const *)(list + 1) : NULL;
}

struct objects_new objects_look(char *names, uint32_t names_size) {
	struct look look = {.fresh = {.lo = ~(uintptr_t)0}, .names = names, .names_size = names_size};
	looks++;
	const struct r_debug *list = NULL;
	if (&_r_debug) list = &_r_debug;
	else if (&_dl_debug_addr) list = _dl_debug_addr;
	for (; list; list = after(list))
		for (const struct link_map *m = list->r_map; m; m = m->l_next) see(m, &look);
	forget_gone();
	if (look.unnamed) look.fresh.names_bytes = 0;
	return look.fresh;
}

struct object *object_at(uintptr_t bias) {
	for (uint32_t i = object_count; i-- > 0;)
		if (objects[i].bias == bias && objects[i].came == looks) return &objects[i];
	return NULL;
}
