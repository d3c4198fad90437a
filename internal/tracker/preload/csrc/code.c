#include "code.h"

#include "module.h"
#include "sys.h"

/* Where a module was unloaded and the loader's lists have not been looked at since,
 * nothing is at its addresses: so the kernel is asked before code is read. */
bool code_readable(uintptr_t at) {
	if (!sys_may(SYS_CALL_READABLE)) return module_at(at) && module_at(at + 7);
	return sys_readable((void *)at);
}

/* It is known by its instructions, as debuggers and libgcc know it too: musl's has no unwind
 * information, and in an emulator it lies in no module. */
bool code_is_sigreturn(uintptr_t pc) {
	static const uint8_t code[] = ARCH_SIGRETURN;
	if (!code_readable(pc) || !code_readable(pc + sizeof code - 8)) return false;
	for (size_t i = 0; i < sizeof code; i++)
		if (((const uint8_t *)pc)[i] != code[i]) return false;
	return true;
}
