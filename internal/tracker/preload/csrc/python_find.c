#include "python_find.h"

#include "objects.h"
#include "phdr.h"
#include "process.h"
#include "python_frames.h"
#include "resolve.h"
#include "sys.h"
#include "text.h"

/* ---- which it is ---- */

/* What a module has that has an interpreter. */
struct found {
	void *run, *this_thread, *code_type;
	const unsigned long *version;
	void *runtime, *is_3_10, *is_3_9; /* the last two are functions that came with these versions, which have no version to be read */
	size_t run_bytes;
};

/* Reports whether it is a build without the interpreter's lock, whose objects are others. runtime is the address of
 * _PyRuntime, from 3.13 on. */
static bool is_free_threaded(uintptr_t runtime) {
	enum { FREE_THREADED = 16 };
	return !text_bytes_equal((const void *)runtime, "xdebugpy", 8) || python_word(runtime + FREE_THREADED);
}

static uint32_t version_of(const struct found *f) {
	if (f->version) return (uint32_t)*f->version;
	if (f->is_3_9) return f->is_3_10 ? 0x030a0000 : 0x03090000;
	return 0x03000000;
}

static const struct python_layout *layout_of(const struct found *f, uint32_t version) {
	const struct python_layout *l = version >> 24 == 3 ? python_layout(version >> 16 & 0xff) : NULL;
	if (l && l->minor >= 13 && (!f->runtime || is_free_threaded((uintptr_t)f->runtime))) return NULL;
	/* What threads remember of one that is gone is by its layout. */
	return python.layout && python.layout != l ? NULL : l;
}

/* Follows the interpreter of a module, if it has one. Returns whether it does. dynamic: where the module's dynamic section is, if
 * it may be unloaded; else 0. */
static bool follow(const struct found *f, uintptr_t dynamic) {
	uint32_t version = version_of(f);
	process.python_version = version;
	if (process.slot) process.slot->python_version = version;
	const struct python_layout *l = layout_of(f, version);
	if (!l || !python_code_begin()) {
		python_frames_say(WIRE_PYTHON_UNKNOWN);
		return false;
	}
	python.layout = l;
	python.this_thread = (void *(*)(void))(uintptr_t)f->this_thread;
	python.code_type = (uintptr_t)f->code_type;
	python.run = (uintptr_t)f->run;
	python.run_end = python.run + f->run_bytes;
	python.at_mask = l->at_is_number ? 0xffffffff : ~(uintptr_t)0;
	python.code_mask = ~(uintptr_t)l->code_tags;
	python.entry_mask = l->entry == PYTHON_ENTRY_EACH ? 0 : 0xff;
	python.dynamic = dynamic;
	store_relaxed(&python.begun, false);
	store_relaxed(&python.proven, 0);
	python_frames_say(WIRE_PYTHON_FOLLOWED);
	return true;
}

static bool look_in(const ElfW(Dyn) *section, uintptr_t bias, uintptr_t dynamic) {
	struct found f = {0};
	const struct wanted_in names[] = {
		{.name = "_PyEval_EvalFrameDefault", .address = &f.run, .size = &f.run_bytes},
		{.name = "PyGILState_GetThisThreadState", .address = &f.this_thread},
		{.name = "PyCode_Type", .address = &f.code_type, .variable = true},
		{.name = "Py_Version", .address = (void **)&f.version, .variable = true, .optional = true},
		{.name = "_PyRuntime", .address = &f.runtime, .variable = true, .optional = true},
		{.name = "Py_Is", .address = &f.is_3_10, .optional = true},
		{.name = "PyFrame_GetBack", .address = &f.is_3_9, .optional = true},
	};
	return resolve_in(section, bias, names, COUNT_OF(names)) && follow(&f, dynamic);
}

/* ---- where it may be ---- */

static bool is_wanted(void) { return process.control && process.control->flags & WIRE_FOLLOW_PYTHON; }

static int look_in_module(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size, (void)data;
	return look_in(phdr_dynamic(info), info->dlpi_addr, 0);
}

static bool any; /* one is followed, or was until a moment ago, or will be again as soon as the loader has unmapped others */
static bool program_is_known;

void python_find_at_start(void) {
	program_is_known = true;
	if (is_wanted()) any = dl_iterate_phdr(look_in_module, NULL);
}

static void look_in_new(uintptr_t dynamic, uintptr_t bias) {
	/* The first of all is the program, which stays. */
	uintptr_t goes = program_is_known ? dynamic : 0;
	program_is_known = true;
	any = any || look_in((const ElfW(Dyn) *)dynamic, bias, goes);
}

/* Waits until no thread is in the interpreter's library any more that only asks there for its state. The other threads that are in there run
 * Python's functions, and would not outlive its end either. */
static void leave(void) {
	enum { TRIES = 4096 /* should a thread have been thrown out of there by a signal's handler */ };
	__atomic_store_n(&process.python, false, __ATOMIC_SEQ_CST);
	for (unsigned i = 0; i < TRIES && __atomic_load_n(&python.asking, __ATOMIC_SEQ_CST); i++) sys_yield();
}

void python_find_look(void) {
	if (process.off || !is_wanted()) return;
	if (any && python.dynamic) {
		/* Which objects go shows only when they are gone. */
		if (objects_are_going()) return leave();
		any = objects_have(python.dynamic);
		if (any) python_frames_say(process.python_state);
	}
	if (!any) objects_each_new(look_in_new);
}
