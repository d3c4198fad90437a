/* dlclose is wrapped to hear of addresses that lose their meaning. dlopen is
 * not: it looks at its caller's RPATH, and new modules are noticed anyway. */
#include "core.h"
#include "front_operators.h"
#include "real.h"
#include "refresh.h"
#include "resolve.h"

EXPORT int dlclose(void *handle) {
	uintptr_t frame = (uintptr_t)__builtin_frame_address(0);
	{
		/* As long as they are there. Ends here: the destructors of the library allocate as themselves. */
		CORE_CALL_AT(t, frame);
		if (t) refresh_references(t);
	}
	if (!real.dlclose) {
		/* Before glibc 2.34 in libdl, which may have come later than we. */
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
