#include "sampled.h"

#include "addresses.h"
#include "sys.h"

static struct addresses addresses;

static const uint8_t recorded = 1;
struct sampled sampled = {.near = &recorded};

bool sampled_begin(void) {
	const uint8_t *near = addresses_begin(&addresses) ? sys_map(SAMPLED_BYTES) : NULL;
	if (!near) return false;
	sampled.near = near; /* while the mask is 0 as well */
	__atomic_signal_fence(__ATOMIC_SEQ_CST);
	sampled.mask = SAMPLED_BYTES - 1;
	return true;
}

static uint8_t *near(uintptr_t address) { return (uint8_t *)&sampled.near[address >> SAMPLED_NEAR_BITS & sampled.mask]; }

/* Counts, but for what 8 bits cannot: then blocks near there always look sampled. */
static void count(uintptr_t address, int by) {
	uint8_t *n = near(address), is = load_relaxed(n);
	while (is != UINT8_MAX && !__atomic_compare_exchange_n(n, &is, (uint8_t)(is + by), true, __ATOMIC_RELAXED, __ATOMIC_RELAXED)) {
	}
}

bool sampled_holds(uintptr_t address) { return addresses_find(&addresses, address, NULL); }

bool sampled_add(uintptr_t address) {
	if (sampled_holds(address)) return true; /* the end of the block that was here before was not seen */
	count(address, 1);
	return addresses_add(&addresses, address, 0);
}

void sampled_remove(uintptr_t address) {
	if (addresses_remove(&addresses, address, NULL)) count(address, -1);
}
