/* dlclose is wrapped to hear of addresses that lose their meaning. dlopen is
 * not: it looks at its caller's RPATH, and new modules are noticed anyway. */
#include "module.h"
#include "front_operators.h"
#include "resolve.h"

EXPORT int dlclose(void *handle) {
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	struct thread *t = thread_enter(frame);
	if (t) {
		module_refresh_references(t); /* as long as they are there */
		thread_leave(t); /* the destructors of the library allocate as themselves */
	}
	if (!process.real.dlclose) {
		/* Before glibc 2.34 in libdl, which may have come later than we. */
		const struct wanted late[] = {{"dlclose", (void **)&process.real.dlclose}};
		resolve(late, COUNT_OF(late), NULL);
		if (!process.real.dlclose) return -1;
	}
	int failed = process.real.dlclose(handle);
	front_operators_forget_late();
	t = thread_enter(frame);
	if (t) {
		module_refresh(t);
		thread_leave(t);
	}
	return failed;
}
