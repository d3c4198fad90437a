/* Prints the unwind rules of a file (the first argument) at the addresses that
 * come in, hexadecimal, a line each. */
#include <inttypes.h>

#include "image.h"
#include "print_rule.h"

int main(int argc, char **argv) {
	if (argc != 2) return 2;
	struct image image = image_load(argv[1]);
	uint64_t address;
	while (scanf("%" SCNx64, &address) == 1) print_rule(cfi_rule(&image.cfi, image.bias + address));
	return 0;
}
