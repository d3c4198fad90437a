#ifndef HEAPPROF_ARCH_FRAME_X86_64_H
#define HEAPPROF_ARCH_FRAME_X86_64_H

#include "base.h"

/* How a function makes its frame. Compilers put other instructions between those that do. */

enum {
	RSP = 4,
	RBP = 5,
};

/* The end of an operand in memory or a register (AMD64 manual, volume 3: ModRM, SIB and
 * displacement), which begins at p. */
static inline const uint8_t *operand_end(const uint8_t *p) {
	uint8_t mod = p[0] >> 6, rm = p[0] & 7;
	bool sib = mod != 3 && rm == 4;
	bool wide = mod == 2 || (mod == 0 && (sib ? (p[1] & 7) == 5 : rm == 5));
	return p + 1 + sib + (mod == 1 ? 1 : (wide ? 4 : 0));
}

/* The end of an instruction that leaves the stack and frame pointers alone and goes on
 * behind itself, or may; NULL: it is another, or not known here. Reads up to 8 bytes. */
static inline const uint8_t *bystander_end(const uint8_t *p) {
	bool half = false, wide = false;
	uint8_t more_reg = 0, more_rm = 0;
	for (int i = 0; i < 3 && (*p == 0x66 || *p == 0xf2 || *p == 0xf3 || *p == 0x64); i++) half |= *p++ == 0x66;
	if ((*p & 0xf0) == 0x40) {
		wide = *p & 8;
		more_reg = (uint8_t)((*p & 4) << 1);
		more_rm = (uint8_t)((*p & 1) << 3);
		p++;
	}
	bool two = *p == 0x0f;
	p += two;
	uint8_t op = *p++;
	if (!two && (op & 0xf0) == 0x70) return p + 1; /* jcc */
	if (two && (op & 0xf0) == 0x80) return p + 4;  /* jcc */
	if (!two && (op & 0xf8) == 0xb8) {             /* mov $, register */
		uint8_t to = (op & 7) | more_rm;
		return to == RSP || to == RBP ? NULL : p + (wide ? 8 : (half ? 2 : 4));
	}
	uint8_t kind = p[0] >> 3 & 7, reg = kind | more_reg, rm = p[0] >> 6 == 3 ? (p[0] & 7) | more_rm : 0;
	bool to_reg = false, to_rm = false;
	int immediate = 0;
	/* Not formatted: many opcodes in a line. */
	/* clang-format off */
	if (two) {
		switch (op) {
		case 0x10: case 0x11: case 0x12: case 0x16: case 0x28: case 0x29: case 0x2a: case 0x2e: case 0x2f: /* SSE moves and the like */
		case 0x54: case 0x57: case 0x5a: case 0x6e: case 0x6f: case 0x7f: case 0xd6: case 0xef: case 0x6c:
			break;
		case 0x7e: to_rm = true; break;                                       /* movd */
		case 0xaf: case 0xb6: case 0xb7: case 0xbe: case 0xbf: to_reg = true; break; /* imul, movzx, movsx */
		default:
			if ((op & 0xf0) == 0x40) to_reg = true;      /* cmov */
			else if ((op & 0xf0) == 0x90) to_rm = true; /* set */
			else return NULL;
		}
	} else if (op < 0x40 && (op & 4) == 0) { /* add, or, … cmp */
		to_reg = op & 2;
		to_rm = !to_reg;
	} else {
		switch (op) {
		case 0x63: case 0x8a: case 0x8b: case 0x8d: to_reg = true; break; /* movsxd, mov, lea */
		case 0x84: case 0x85: break;                                      /* test */
		case 0x88: case 0x89: case 0xd1: case 0xd3: to_rm = true; break;  /* mov, shifts */
		case 0x80: case 0x83: case 0xc0: case 0xc1: case 0xc6: to_rm = true; immediate = 1; break;
		case 0x81: case 0xc7: to_rm = true; immediate = half ? 2 : 4; break;
		case 0xfe: case 0xff: /* inc, dec; not call, jmp, push */
			if (kind > 1) return NULL;
			to_rm = true;
			break;
		default: return NULL;
		}
	}
	/* clang-format on */
	if ((to_reg && (reg == RSP || reg == RBP)) || (to_rm && (rm == RSP || rm == RBP))) return NULL;
	return operand_end(p) + immediate;
}

/* Reports whether the frame pointer is set at p by a function that has saved it shortly before,
 * and has pushed nothing since: push %rbp; …; mov %rsp,%rbp. What is read lies from first
 * to below end. */
static inline bool sets_fp(const uint8_t *p, const uint8_t *first, const uint8_t *end) {
	enum { NEAR = 24 };
	if (p[0] != 0x48 || !((p[1] == 0x89 && p[2] == 0xe5) || (p[1] == 0x8b && p[2] == 0xec))) return false;
	for (const uint8_t *push = p; p - push < NEAR && push > first;) {
		if (*--push != 0x55) continue;
		const uint8_t *at = push + 1;
		while (at && at < p) at = end - at < 8 ? NULL : bystander_end(at);
		if (at == p) return true;
	}
	return false;
}

/* The bytes below a frame pointer that a function makes room for at its start: saved
 * registers and the rest of its frame. -1 where that is not told. The start is the
 * nearest in front of pc, from lo to below hi, where the frame pointer is set. All from lo
 * to pc is readable. */
static inline intptr_t arch_frame_bytes(uintptr_t lo, uintptr_t hi, uintptr_t pc) {
	const uint8_t *first = (const uint8_t *)lo, *end = (const uint8_t *)pc, *p = (const uint8_t *)hi;
	if (p > end - 3) p = end - 3;
	for (;; p--) {
		if (p <= first) return -1;
		if (sets_fp(p, first, end)) break;
	}
	intptr_t bytes = 0;
	for (p += 3; end - p >= 7;) {
		const uint8_t *op = p + ((p[0] & 0xf0) == 0x40);
		if ((op[0] & 0xf8) == 0x50) { /* push */
			bytes += 8;
			p = op + 1;
		} else if (p[0] == 0x48 && p[1] == 0x83 && p[2] == 0xec) { /* sub $, %rsp */
			return bytes + (int8_t)p[3];
		} else if (p[0] == 0x48 && p[1] == 0x83 && p[2] == 0xc4) { /* add $, %rsp, of -128 */
			return bytes - (int8_t)p[3];
		} else if (p[0] == 0x48 && p[1] == 0x81 && p[2] == 0xec) {
			return bytes + (int32_t)(p[3] | (uint32_t)p[4] << 8 | (uint32_t)p[5] << 16 | (uint32_t)p[6] << 24);
		} else if (end - p < 8 || !(p = bystander_end(p))) {
			break;
		}
	}
	return bytes;
}

/* How code leaves its frame from an address on. */
struct arch_leaving {
	bool known;      /* it does at once: it only moves the stack pointer up, pops registers, and returns */
	bool pops_fp;    /* the frame pointer among them */
	uintptr_t bytes; /* from the stack pointer to the return address */
	uintptr_t fp_at; /* to the frame pointer's value */
};

/* The bytes that arch_leaving reads. */
enum { ARCH_LEAVING_BYTES = 24 };

static inline struct arch_leaving arch_leaving(uintptr_t at) {
	struct arch_leaving l = {0};
	const uint8_t *p = (const uint8_t *)at, *last = p + ARCH_LEAVING_BYTES - 4;
	while (p <= last) {
		const uint8_t *op = p + (*p == 0x41);
		if (p[0] == 0x48 && p[1] == 0x83 && p[2] == 0xc4 && p[3] % 8 == 0 && p[3] < 0x80) { /* add $, %rsp */
			l.bytes += p[3];
			p += 4;
		} else if ((*op & 0xf8) == 0x58 && *p != 0x58 + RSP) { /* pop */
			if (*p == 0x58 + RBP) {
				l.pops_fp = true;
				l.fp_at = l.bytes;
			}
			l.bytes += 8;
			p = op + 1;
		} else {
			l.known = p[0] == 0xc3; /* ret */
			break;
		}
	}
	return l;
}

#endif
