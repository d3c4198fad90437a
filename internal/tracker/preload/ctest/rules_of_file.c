/* Prints the unwind rules of a file (the first argument) at the addresses that
 * come in, hexadecimal, a line each. */
#include <inttypes.h>

#include "part.h"
#include "print_rule.h"

int main(int argc, char **argv) {
	if (argc != 2) return 2;
	struct part part = part_load(argv[1]);
	uint64_t address;
	while (scanf("%" SCNx64, &address) == 1) print_rule(cfi_rule(&part.cfi, part.bias + address));
	return 0;
}
