/* The entries of malloc and free, where blocks may be sampled; part of arch_aarch64.h.
 * arch_sample_x86_64.h tells what they do. */
#ifndef HEAPPROF_ARCH_SAMPLE_AARCH64_H
#define HEAPPROF_ARCH_SAMPLE_AARCH64_H

/* Not formatted: see arch_aarch64.h. */
/* clang-format off */

/* The parts of the functions below: how one begins and ends; go to 1 unless the set says that
 * the block in x0 was not sampled; find the countdown, or go to 1; let so many bytes pass, or
 * go to 1; go on where real points. */
#define SAMPLE_BEGIN_(name) \
	".text\n" \
	".p2align 5\n" \
	".globl " #name "\n" \
	".type " #name ", %function\n" \
	#name ":\n" \
	".cfi_startproc\n" \
	"hint 34\n" /* bti c */
#define SAMPLE_END_(name) \
	".cfi_endproc\n" \
	".size " #name ", .-" #name "\n"
#define SAMPLE_LOOK_(set, near_bits) \
	"adrp x9, " #set "\n" \
	"add x9, x9, :lo12:" #set "\n" \
	"ldp x9, x10, [x9]\n" \
	"and x10, x10, x0, lsr " #near_bits "\n" \
	"ldrb w9, [x9, x10]\n" \
	"cbnz w9, 1f\n"
#define SAMPLE_FIND_(none, offset) \
	"mrs x9, tpidr_el0\n" \
	"adrp x10, :gottprel:" #offset "\n" \
	"ldr x10, [x10, :gottprel_lo12:" #offset "]\n" \
	"ldr x9, [x9, x10]\n" \
	"adrp x10, " #none "\n" \
	"add x10, x10, :lo12:" #none "\n" \
	"ldr x9, [x10, x9]\n" \
	"cbz x9, 1f\n"
#define SAMPLE_COUNT_(bytes) \
	"ldp x10, x11, [x9]\n" \
	"subs x10, x10, " #bytes "\n" \
	"b.ls 1f\n" \
	"add x11, x11, 1\n" \
	"stp x10, x11, [x9]\n"
#define SAMPLE_GO_(real) \
	"adrp x16, " #real "\n" \
	"add x16, x16, :lo12:" #real "\n" \
	"ldr x16, [x16]\n" \
	"br x16\n"

#define ARCH_ALLOCATE_UNLESS_SAMPLED(name, none, offset, real, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_FIND_(none, offset) \
	        SAMPLE_COUNT_(x0) \
	        SAMPLE_GO_(real) \
	        "1: b " #hook "\n" \
	        SAMPLE_END_(name));

#define ARCH_FREE_UNLESS_SAMPLED(name, set, near_bits, real, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_LOOK_(set, near_bits) \
	        SAMPLE_GO_(real) \
	        "1: b " #hook "\n" \
	        SAMPLE_END_(name));

#define ARCH_RESIZE_UNLESS_SAMPLED(name, set, near_bits, none, offset, resize, make, hook) \
	__asm__(SAMPLE_BEGIN_(name) \
	        SAMPLE_LOOK_(set, near_bits) \
	        SAMPLE_FIND_(none, offset) \
	        "cbz x1, 1f\n" \
	        SAMPLE_COUNT_(x1) \
	        "cbz x0, 2f\n" \
	        SAMPLE_GO_(resize) \
	        "2: mov x0, x1\n" \
	        SAMPLE_GO_(make) \
	        "1: b " #hook "\n" \
	        SAMPLE_END_(name));

#define ARCH_PATCHED_FREE_UNLESS_SAMPLED(name, set, near_bits, shim) \
	__asm__(".hidden " #name "\n" \
	        SAMPLE_BEGIN_(name) \
	        "str x9, [sp, -16]!\n" \
	        ".cfi_adjust_cfa_offset 16\n" \
	        "adrp x17, " #set "\n" \
	        "add x17, x17, :lo12:" #set "\n" \
	        "ldr x9, [x17, 8]\n" \
	        "and x9, x9, x0, lsr " #near_bits "\n" \
	        "ldr x17, [x17]\n" \
	        "ldrb w17, [x17, x9]\n" \
	        "ldr x9, [sp], 16\n" \
	        ".cfi_adjust_cfa_offset -16\n" \
	        "cbnz w17, 1f\n" \
	        "ldr x17, [x16, 8]\n" \
	        "br x17\n" \
	        "1: b " #shim "\n" \
	        SAMPLE_END_(name));

/* clang-format on */

#endif
