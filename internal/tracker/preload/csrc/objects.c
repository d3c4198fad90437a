#include "objects.h"

#include "path.h"
#include "sys.h"
#include "text.h"

/* Another thread may fork at any point of a look, and the child goes on with what is
 * here then. So each object keeps its place, and of a free one dynamic is 0. The places
 * lie in blocks, each with room for twice as many objects as the one before it. */
enum {
	FIRST_BLOCK = 512, /* objects */
	BLOCKS = 24,       /* for all that a uint32_t counts */
};
static struct object first_block[FIRST_BLOCK], *blocks[BLOCKS] = {first_block};
static uint32_t object_end; /* places up to here have been taken */
static uint32_t looks;
static bool any_unplaced; /* something was loaded for which there was no memory */

struct look {
	struct objects_new fresh;
	uint32_t next; /* where the search for an object begins */
	char *names;
	uint32_t names_size;
	bool unnamed; /* a path does not fit, or is not known to be one */
};

static unsigned block_of(uint32_t place) { return 31u - (unsigned)__builtin_clz(place / FIRST_BLOCK + 1); }

static struct object *at_place(uint32_t place) {
	unsigned block = block_of(place);
	return &blocks[block][place - FIRST_BLOCK * ((1u << block) - 1)];
}

/* Returns the object with this dynamic section, for 0 a free place; or NULL. The lists keep
 * their order mostly, so the search goes on where the last one ended. */
static struct object *find(struct look *l, uintptr_t dynamic) {
	for (uint32_t tried = 0; tried < object_end; tried++) {
		if (l->next >= object_end) l->next = 0;
		struct object *o = at_place(l->next++);
		if (o->dynamic == dynamic) return o;
	}
	return NULL;
}

/* A free place; or NULL, if there is no memory for another one. */
static struct object *new_place(struct look *l) {
	uint32_t next = l->next;
	struct object *o = find(l, 0);
	l->next = next;
	if (o) return o;
	unsigned block = block_of(object_end);
	if (!blocks[block]) blocks[block] = sys_map(((size_t)FIRST_BLOCK << block) * sizeof *o);
	return blocks[block] ? at_place(object_end++) : NULL;
}

size_t objects_path(const char *name, char *path, size_t size) {
	bool relative = name[0] && name[0] != '/' && !text_equal(name, "linux-vdso.so.1");
	size_t n = relative ? path_directory(path, size) : 0;
	for (; *name && n < size; name++) path[n++] = *name;
	return n;
}

static void add_name(struct look *l, const char *name) {
	size_t room = l->names_size - l->fresh.names_bytes;
	char *path = l->names + l->fresh.names_bytes;
	size_t bytes = objects_path(name, path, room);
	if (bytes == room || bytes == 0 || path[0] != '/') {
		l->unnamed = true;
		return;
	}
	path[bytes] = 0;
	l->fresh.names_bytes += (uint32_t)bytes + 1;
}

static void forget(struct object *o) {
	uintptr_t code = o->code;
	/* Before the code is unmapped: a child that is forked in between must not unmap it again. */
	o->dynamic = o->code = 0;
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	if (code) sys_unmap((void *)code, o->code_bytes);
}

static void see(const struct link_map *m, struct look *l) {
	uintptr_t dynamic = (uintptr_t)m->l_ld;
	struct object *o = dynamic ? find(l, dynamic) : NULL;
	/* In a namespace of dlmopen's, the loader's entry is a second one of the same object. */
	if (!dynamic || (o && (o->bias == m->l_addr || o->seen == looks))) {
		if (o) o->seen = looks;
		return;
	}
	if (o) forget(o);
	else o = new_place(l);
	if (o) {
		o->bias = m->l_addr;
		o->came = o->seen = looks;
		__atomic_signal_fence(__ATOMIC_SEQ_CST);
		o->dynamic = dynamic;
	} else {
		l->fresh.unplaced++;
		any_unplaced = true;
	}
	if (dynamic < l->fresh.lo) l->fresh.lo = dynamic;
	if (dynamic > l->fresh.hi) l->fresh.hi = dynamic;
	add_name(l, m->l_name ? m->l_name : "");
}

/* Each namespace has a list; where there may be several, the next one's head stands
 * behind (glibc 2.35's struct r_debug_extended). */
static const struct r_debug *after(const struct r_debug *list) {
	return list->r_version >= 2 ? *(const struct r_debug *const *)(list + 1) : NULL;
}

static const struct r_debug *first_list(void) {
	if (&_r_debug) return &_r_debug;
	return !ATTACHED && &_dl_debug_addr ? _dl_debug_addr : NULL;
}

struct objects_new objects_look(char *names, uint32_t names_size) {
	struct look look = {.fresh = {.lo = ~(uintptr_t)0}, .names = names, .names_size = names_size};
	looks++;
	for (const struct r_debug *list = first_list(); list; list = after(list))
		for (const struct link_map *m = list->r_map; m; m = m->l_next) see(m, &look);
	/* The code of a library is not called any more when it has been unloaded, nor are
	 * its hooks: those that were under way have returned to the tracker's code. */
	for (uint32_t i = 0; i < object_end; i++) {
		struct object *o = at_place(i);
		if (o->dynamic && o->seen != looks) forget(o);
	}
	if (look.unnamed) look.fresh.names_bytes = 0;
	return look.fresh;
}

void objects_each_new(void (*visit)(uintptr_t dynamic, uintptr_t bias)) {
	for (uint32_t i = 0; i < object_end; i++) {
		const struct object *o = at_place(i);
		if (o->dynamic && o->came == looks) visit(o->dynamic, o->bias);
	}
}

bool objects_are_going(void) {
	for (const struct r_debug *list = first_list(); list; list = after(list))
		if (list->r_state == RT_DELETE) return true;
	return false;
}

bool objects_have(uintptr_t dynamic) {
	for (uint32_t i = 0; i < object_end; i++)
		if (at_place(i)->dynamic == dynamic) return true;
	return false;
}

void objects_in_namespaces(void (*visit)(const struct link_map *, void *), void *data) {
	const struct r_debug *list = first_list();
	while (list && (list = after(list)))
		for (const struct link_map *m = list->r_map; m; m = m->l_next) visit(m, data);
}

/* Of all that has a load address of its own, only the tracker and those without a place are not in the list. */
bool objects_may_have(uintptr_t bias) {
	for (uint32_t i = 0; i < object_end; i++)
		if (at_place(i)->dynamic && at_place(i)->bias == bias) return true;
	return any_unplaced || !object_end;
}

struct object *objects_at(uintptr_t bias) {
	for (uint32_t i = 0; i < object_end; i++) {
		struct object *o = at_place(i);
		if (o->dynamic && o->bias == bias && o->came == looks) return o;
	}
	return NULL;
}
