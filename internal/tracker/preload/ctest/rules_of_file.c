/* Prints the unwind rules of a file (the first argument) at the addresses that
 * come in, hexadecimal, a line each: what the CFA is, and where the caller's
 * frame pointer is saved, relative to the CFA. The words are readelf's. */
#include <inttypes.h>
#include <stdio.h>

#include "image.h"

static void print_offset(const char *base, int64_t offset) {
	printf("%s%+" PRId64, base, offset);
}

static void print(struct rule rule) {
	switch (rule.cfa) {
	case CFA_SP: print_offset("rsp", rule.cfa_offset); break;
	case CFA_FP: print_offset("rbp", rule.cfa_offset); break;
	case CFA_AT_SP: print_offset("*rsp", rule.cfa_offset); break;
	case CFA_AT_FP: print_offset("*rbp", rule.cfa_offset); break;
	case CFA_SIGNAL: puts("signal"); return;
	case CFA_CHAIN: puts("none"); return;
	case CFA_END: puts("end"); return;
	default: puts("unsupported"); return;
	}
	switch (rule.fp) {
	case FP_SAME: printf(" same"); break;
	case FP_AT_CFA: print_offset(" c", rule.fp_words * 8); break;
	case FP_AT_FP: print_offset(" *rbp", rule.fp_words * 8); break;
	}
	putchar('\n');
}

int main(int argc, char **argv) {
	if (argc != 2) return 2;
	struct image image = image_load(argv[1]);
	uint64_t address;
	while (scanf("%" SCNx64, &address) == 1) print(cfi_rule(&image.cfi, image.bias + address));
	return 0;
}
