/* The entries of malloc and free, where blocks may be sampled; part of arch_aarch64.h.
 * arch_sample_x86_64.h tells what they do. */
#ifndef HEAPPROF_ARCH_SAMPLE_AARCH64_H
#define HEAPPROF_ARCH_SAMPLE_AARCH64_H

/* Not formatted: see arch_aarch64.h. */
/* clang-format off */

#define ARCH_ALLOCATE_UNLESS_SAMPLED(name, none, offset, real, hook) \
	__asm__(".text\n" \
	        ".p2align 5\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "mrs x9, tpidr_el0\n" \
	        "adrp x10, :gottprel:" #offset "\n" \
	        "ldr x10, [x10, :gottprel_lo12:" #offset "]\n" \
	        "ldr x9, [x9, x10]\n" \
	        "adrp x10, " #none "\n" \
	        "add x10, x10, :lo12:" #none "\n" \
	        "ldr x9, [x10, x9]\n" \
	        "cbz x9, 1f\n" \
	        "ldp x10, x11, [x9]\n" \
	        "subs x10, x10, x0\n" \
	        "b.ls 1f\n" \
	        "add x11, x11, 1\n" \
	        "stp x10, x11, [x9]\n" \
	        "adrp x16, " #real "\n" \
	        "add x16, x16, :lo12:" #real "\n" \
	        "ldr x16, [x16]\n" \
	        "br x16\n" \
	        "1: b " #hook "\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

#define ARCH_FREE_UNLESS_SAMPLED(name, set, near_bits, real, hook) \
	__asm__(".text\n" \
	        ".p2align 5\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "adrp x9, " #set "\n" \
	        "add x9, x9, :lo12:" #set "\n" \
	        "ldp x9, x10, [x9]\n" \
	        "and x10, x10, x0, lsr " #near_bits "\n" \
	        "ldrb w9, [x9, x10]\n" \
	        "cbnz w9, 1f\n" \
	        "adrp x16, " #real "\n" \
	        "add x16, x16, :lo12:" #real "\n" \
	        "ldr x16, [x16]\n" \
	        "br x16\n" \
	        "1: b " #hook "\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

#define ARCH_RESIZE_UNLESS_SAMPLED(name, set, near_bits, none, offset, resize, make, hook) \
	__asm__(".text\n" \
	        ".p2align 5\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
	        "adrp x9, " #set "\n" \
	        "add x9, x9, :lo12:" #set "\n" \
	        "ldp x9, x10, [x9]\n" \
	        "and x10, x10, x0, lsr " #near_bits "\n" \
	        "ldrb w9, [x9, x10]\n" \
	        "cbnz w9, 1f\n" \
	        "mrs x9, tpidr_el0\n" \
	        "adrp x10, :gottprel:" #offset "\n" \
	        "ldr x10, [x10, :gottprel_lo12:" #offset "]\n" \
	        "ldr x9, [x9, x10]\n" \
	        "adrp x10, " #none "\n" \
	        "add x10, x10, :lo12:" #none "\n" \
	        "ldr x9, [x10, x9]\n" \
	        "cbz x9, 1f\n" \
	        "cbz x1, 1f\n" \
	        "ldp x10, x11, [x9]\n" \
	        "subs x10, x10, x1\n" \
	        "b.ls 1f\n" \
	        "add x11, x11, 1\n" \
	        "stp x10, x11, [x9]\n" \
	        "cbz x0, 2f\n" \
	        "adrp x16, " #resize "\n" \
	        "add x16, x16, :lo12:" #resize "\n" \
	        "ldr x16, [x16]\n" \
	        "br x16\n" \
	        "2: mov x0, x1\n" \
	        "adrp x16, " #make "\n" \
	        "add x16, x16, :lo12:" #make "\n" \
	        "ldr x16, [x16]\n" \
	        "br x16\n" \
	        "1: b " #hook "\n" \
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

#define ARCH_PATCHED_FREE_UNLESS_SAMPLED(name, set, near_bits, shim) \
	__asm__(".text\n" \
	        ".p2align 5\n" \
	        ".hidden " #name "\n" \
	        ".globl " #name "\n" \
	        ".type " #name ", %function\n" \
	        #name ":\n" \
	        ".cfi_startproc\n" \
	        "hint 34\n" /* bti c */ \
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
	        ".cfi_endproc\n" \
	        ".size " #name ", .-" #name "\n");

/* clang-format on */

#endif
