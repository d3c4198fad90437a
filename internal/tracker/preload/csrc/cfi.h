/* Call frame information: what .eh_frame says about unwinding one address.
 * Pure: reads only the bytes it is given, so it can be tested and fuzzed on
 * the host. Formats: LSB 5.0 part "Exception Frames", DWARF 5 section 6.4. */
#ifndef HEAPPROF_CFI_H
#define HEAPPROF_CFI_H

#include "arch.h"
#include "base.h"

/* Where a frame's CFA (the stack pointer of its caller after the return) is. */
enum cfa_kind {
	CFA_NONE = 0,    /* no rule */
	CFA_SP,          /* sp + cfa_offset */
	CFA_FP,          /* fp + cfa_offset */
	CFA_AT_FP,       /* the word at fp + cfi_at, + cfi_after: a frame that aligned its stack (DRAP) */
	CFA_AT_SP,       /* the word at sp + cfi_at, + cfi_after: one whose caller has another stack, too (OCaml 5) */
	CFA_SIGNAL,      /* the kernel's signal frame: the registers lie in its ucontext */
	CFA_CHAIN,       /* no information: follow the frame pointer, with care */
	CFA_RECORD,      /* no information, but it is known that a frame record lies where fp points */
	CFA_END,         /* the outermost frame */
	CFA_UNSUPPORTED, /* information of a kind that is not followed */
};

/* Where the caller's frame pointer is. */
enum fp_kind {
	FP_SAME = 0, /* still in its register */
	FP_AT_CFA,   /* the word at CFA + 8 * fp_words */
	FP_AT_FP,    /* the word at fp + 8 * fp_words */
};

/* Where the return address is, on processors where that is not always below the CFA. */
enum ra_kind {
	RA_AT_CFA = 0, /* the word at CFA + 8 * ra_words */
	RA_IN_LR,      /* still in its register, so the frame has called nobody: it was interrupted */
};

/* How to get from a frame to its caller. Has no padding: rules are compared as words. */
struct rule {
	int32_t cfa_offset;  /* bytes */
	arch_words fp_words; /* words */
	uint8_t cfa;         /* enum cfa_kind */
	uint8_t fp;          /* enum fp_kind */
#if !ARCH_RA_BELOW_CFA
	uint8_t ra; /* enum ra_kind */
	uint8_t zero;
	arch_words ra_words; /* words */
#endif
};

/* Where the word of CFA_AT_FP and CFA_AT_SP lies, from the register on, and how much more than it the CFA is, in bytes: the lower
 * and the upper half of cfa_offset. */
ALWAYS_INLINE int16_t cfi_at(const struct rule *rule) { return (int16_t)rule->cfa_offset; }
ALWAYS_INLINE uint16_t cfi_after(const struct rule *rule) { return (uint16_t)((uint32_t)rule->cfa_offset >> 16); }

/* The unwind information of one loaded module. */
struct cfi_module {
	const uint8_t *hdr;                    /* .eh_frame_hdr, mapped */
	const uint8_t *hdr_end;                /* end of the segment it lies in */
	const uint8_t *frames_lo, *frames_end; /* the segment that .eh_frame lies in */
};

/* Sets *m for a module whose .eh_frame_hdr is at hdr. segment is called to find
 * the readable segment around an address. Returns false if the header is of an
 * unknown form. */
struct cfi_segment {
	const uint8_t *lo, *end;
};
bool cfi_open(struct cfi_module *m, const uint8_t *hdr, const struct cfi_segment *segments, size_t count);

/* The rule at address pc, which lies in the instruction that the frame executes
 * or, for a caller, in its call instruction. A rule of kind CFA_CHAIN says that
 * the module has no information on pc. */
struct rule cfi_rule(const struct cfi_module *m, uintptr_t pc);

#endif
