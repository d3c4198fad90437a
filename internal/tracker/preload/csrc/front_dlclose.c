/* dlclose is wrapped since addresses lose their meaning there. dlopen is not: it looks at
 * its caller's RPATH, and new modules are noticed anyway. */
#include "core.h"
#include "front_operators.h"
#include "real.h"
#include "refresh.h"
#include "resolve.h"

EXPORT int dlclose(void *handle) {
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	{
		/* While the library is still there. This call ends before its destructors run, which
		 * may allocate. */
		CORE_CALL_AT(t, frame);
		if (t) refresh_references(t);
	}
	if (!real.dlclose) {
		/* Before glibc 2.34 it is in libdl, which may have been loaded after the start. */
		const struct wanted late[] = {{"dlclose", (void **)&real.dlclose}};
		resolve(late, COUNT_OF(late), NULL);
		if (!real.dlclose) return -1;
	}
	int failed = real.dlclose(handle);
	front_operators_forget_late();
	CORE_CALL_AT(t, frame);
	if (t) refresh_modules(t);
	return failed;
}
