/* The rules of functions below, whose unwind information is written by hand:
 * expressions, of which readelf does not tell what they come to, and what
 * compilers seldom write. The linker, which does not know the instruction in one
 * of them, leaves out the header's table, so that every description is read; the
 * table is for the comparison with readelf. */
#include <link.h>

#include "print_rule.h"

/* Not formatted: a line for each. */
/* clang-format off */
#define FUNCTIONS(f) \
	/* Where CFA and frame pointer are by expressions: a procedure linkage table, \
	 * whose entries push a word in their eleventh byte; a frame that aligned \
	 * its stack. */ \
	f(plt, ".cfi_escape 0x0f, 11, 0x77, 8, 0x80, 0, 0x3f, 0x1a, 0x3b, 0x2a, 0x33, 0x24, 0x22") \
	f(realigned, ".cfi_escape 0x0f, 3, 0x76, 0x78, 0x06; .cfi_escape 0x10, 6, 2, 0x76, 0") \
	f(cfa_on_stack, ".cfi_escape 0x0f, 5, 0x77, 0, 0x23, 16, 0x06") \
	f(cfa_after_word, ".cfi_escape 0x0f, 5, 0x77, 8, 0x06, 0x23, 80") \
	f(cfa_far_after_word, ".cfi_escape 0x0f, 7, 0x77, 8, 0x06, 0x23, 0x80, 0x80, 0x02") \
	f(cfa_before_word, ".cfi_escape 0x0f, 5, 0x77, 8, 0x06, 0x38, 0x1c") \
	f(cfa_is_sum, ".cfi_escape 0x0f, 7, 0x08, 40, 0x77, 8, 0x22, 0x38, 0x1c") \
	f(word_of_word, ".cfi_escape 0x0f, 4, 0x76, 0, 0x06, 0x06") \
	f(constant, ".cfi_escape 0x0f, 1, 0x35") \
	f(too_deep, ".cfi_escape 0x0f, 10, 0x77, 0, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30, 0x30") \
	f(empty_stack, ".cfi_escape 0x0f, 1, 0x22") \
	f(unfinished, ".cfi_escape 0x0f, 1, 0x0c") \
	/* How a stack ends, or goes on. */ \
	f(outermost, ".cfi_undefined rip") \
	f(handler, ".cfi_signal_frame; .cfi_escape 0x10, 16, 3, 0x77, 0xa8, 1") \
	f(like_a_handler, ".cfi_signal_frame") \
	f(return_elsewhere, ".cfi_offset rip, -16") \
	f(return_in_register, ".cfi_register rip, rax") \
	/* Other registers. */ \
	f(cfa_of_other, ".cfi_def_cfa rbx, 16") \
	f(fp_in_register, ".cfi_register rbp, rax") \
	f(fp_is_value, ".cfi_val_offset rbp, -16") \
	f(fp_undefined, ".cfi_undefined rbp") \
	f(fp_same, ".cfi_offset rbp, -16; .cfi_same_value rbp") \
	f(fp_restored, ".cfi_offset rbp, -16; .cfi_restore rbp") \
	f(fp_odd, ".cfi_escape 0x10, 6, 2, 0x76, 4") \
	/* Seldom used instructions. */ \
	f(states, ".cfi_def_cfa_offset 16; .cfi_remember_state; .cfi_offset rbp, -16; .cfi_remember_state; .cfi_def_cfa rbp, 32; .cfi_restore_state") \
	f(states_left, ".cfi_remember_state; .cfi_def_cfa rbp, 32; .cfi_offset rbp, -16; .cfi_restore_state") \
	f(states_too_many, ".rept 20; .cfi_remember_state; .endr") \
	f(states_too_few, ".cfi_escape 0x0b") \
	f(signed_cfa, ".cfi_escape 0x12, 7, 0x7e") \
	f(negative_offset, ".cfi_escape 0x2f, 6, 2") \
	f(arguments, ".cfi_escape 0x2e, 16; .cfi_def_cfa_offset 24") \
	f(unknown, ".cfi_escape 0x3f") \
	f(huge_offset, ".cfi_escape 0x0c, 7, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f")

/* clang-format on */

/* Each begins at an address that ends in 0, for plt. */
#define DEFINE(name, directives) \
	extern const char name[]; \
	__asm__(".text; .p2align 4; " #name ": .cfi_startproc; " directives "; .fill 16, 1, 0x90; .cfi_endproc");
FUNCTIONS(DEFINE)

extern const char without[];
__asm__(".text; .p2align 4; without: .fill 16, 1, 0x90; .fill 16, 1, 0x90");

static int open_program(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size; /* the program comes first */
	struct cfi_segment segments[16];
	size_t count = 0;
	const uint8_t *hdr = NULL;
	for (int i = 0; i < info->dlpi_phnum; i++) {
		const ElfW(Phdr) *p = &info->dlpi_phdr[i];
		const uint8_t *at = (const uint8_t *)(info->dlpi_addr + p->p_vaddr);
		if (p->p_type == PT_GNU_EH_FRAME) hdr = at;
		if (p->p_type == PT_LOAD && count < COUNT_OF(segments)) segments[count++] = (struct cfi_segment){at, at + p->p_filesz};
	}
	return hdr && cfi_open(data, hdr, segments, count) ? 1 : -1;
}

int main(void) {
	struct cfi_module m;
	if (dl_iterate_phdr(open_program, &m) != 1) return 1;
#define PRINT(name, directives) \
	printf(#name ": "); \
	print_rule(cfi_rule(&m, (uintptr_t)name + 5));
	FUNCTIONS(PRINT)
	printf("plt, word pushed: ");
	print_rule(cfi_rule(&m, (uintptr_t)plt + 11));
	printf("without: ");
	print_rule(cfi_rule(&m, (uintptr_t)without + 16));
	printf("below all: ");
	print_rule(cfi_rule(&m, 0));
	return 0;
}
