/* Prints an unwind rule: what the CFA is, and where the caller's frame pointer
 * is saved. The words are readelf's; *rbp-8 is the word there, *rsp+8 +8 eight more than it. */
#ifndef HEAPPROF_CTEST_PRINT_RULE_H
#define HEAPPROF_CTEST_PRINT_RULE_H

#include <stdio.h>

#include "../csrc/cfi.h"

static inline void print_word(const char *name, const struct rule *rule) {
	printf("*%s%+d", name, cfi_at(rule));
	if (cfi_after(rule)) printf(" %+d", cfi_after(rule));
}

static inline void print_rule(struct rule rule) {
	switch (rule.cfa) {
	case CFA_SP: printf("rsp%+d", rule.cfa_offset); break;
	case CFA_FP: printf("rbp%+d", rule.cfa_offset); break;
	case CFA_AT_SP: print_word("rsp", &rule); break;
	case CFA_AT_FP: print_word("rbp", &rule); break;
	case CFA_SIGNAL: puts("signal"); return;
	case CFA_CHAIN: puts("none"); return;
	case CFA_END: puts("end"); return;
	default: puts("unsupported"); return;
	}
	switch (rule.fp) {
	case FP_SAME: puts(" same"); break;
	case FP_AT_CFA: printf(" c%+d\n", rule.fp_words * 8); break;
	case FP_AT_FP: printf(" *rbp%+d\n", rule.fp_words * 8); break;
	}
}

#endif
