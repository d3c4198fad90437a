#include "lend.h"

#include "arch.h"
#include "wire.h"

#ifdef ARCH_LEND
ARCH_LEND(lend_code, lend)
extern const char lend_code[] __attribute__((visibility("hidden")));
struct wire_lend lend __attribute__((visibility("hidden")));

/* What ARCH_LEND knows. */
_Static_assert(offsetof(struct wire_lend, mask) == 8 && offsetof(struct wire_lend, registers) == 16, "layout");
_Static_assert(offsetof(struct wire_lend, flags) == 136 && offsetof(struct wire_lend, sp) == 144 && offsetof(struct wire_lend, pc) == 152 && offsetof(struct wire_lend, taken) == 160, "layout");
_Static_assert(WIRE_LEND_MAGIC == 0x666f727070616568, "as in the code");

uint64_t lend_address(void) {
	lend.code = (uint64_t)lend_code;
	return (uint64_t)&lend;
}
#else
uint64_t lend_address(void) { return 0; }
#endif
