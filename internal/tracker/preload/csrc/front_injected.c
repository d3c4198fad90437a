#include "front_injected.h"

#include "core.h"
#include "pool.h"
#include "real.h"

static struct injected injected;

bool front_injected_is_active(void) { return injected.count != 0; }

static int each_module(int (*visit)(struct dl_phdr_info *, size_t, void *), void *data) {
	for (uint64_t i = 0; i < injected.count; i++) {
		const struct injected_module *module = &injected.modules[i];
		struct dl_phdr_info info = {
			.dlpi_addr = module->bias,
			.dlpi_name = module->name,
			.dlpi_phdr = module->headers,
			.dlpi_phnum = (ElfW(Half))module->header_count,
		};
		int result = visit(&info, sizeof info, data);
		if (result) return result;
	}
	return 0;
}

/* The library's entry: the recorder has the program's only thread call it, with
 * thread-local storage that lasts until the program sets up its own. */
__attribute__((used)) void front_injected_start(const struct injected *from) {
	injected = *from;
	real.dl_iterate_phdr = each_module;
	core_make_ready();
	/* The program's main thread will have another thread-local storage. */
	if (thread_current) pool_thread_ended(thread_current);
}
