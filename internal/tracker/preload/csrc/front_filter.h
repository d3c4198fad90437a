/* System-call filters (seccomp(2)) that the program installs: which of our own system
 * calls they would let through is found out before, and the others are not made any more. */
#ifndef HEAPPROF_FRONT_FILTER_H
#define HEAPPROF_FRONT_FILTER_H

#include "base.h"

/* Finds the wrapped functions. */
void front_filter_find(void);

/* An instruction of classic BPF: linux/filter.h. */
struct bpf_code {
	uint16_t op;
	uint8_t if_true, if_false;
	uint32_t k;
};

/* Which of our calls (bits of enum sys_call) such a program would not let through. */
uint32_t bpf_forbids(const struct bpf_code *code, size_t count);

#endif
