/* A system-call filter's program, in classic BPF, as seccomp(2) takes it. */
#ifndef HEAPPROF_BPF_H
#define HEAPPROF_BPF_H

#include "base.h"

/* An instruction of classic BPF: linux/filter.h. */
struct bpf_code {
	uint16_t op;
	uint8_t if_true, if_false;
	uint32_t k;
};

/* Which of the library's own system calls (bits of enum sys_call) such a program would not let through. */
uint32_t bpf_forbids(const struct bpf_code *code, size_t count);

#endif
