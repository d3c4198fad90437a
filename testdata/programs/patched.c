/* Applies a patch plan in its flat form to this program or to a library, and calls
 * the patched functions: each must answer as it did before.
 *
 *   patched PLAN LIBRARY|- FUNCTION:SIGNATURE...
 *
 * prints for each function its name, how often it was called, how often its stub
 * ran, and how many answers were wrong. It has no decoder: a plan is all it needs. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <execinfo.h>
#include <link.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

enum { REL32 = 1, ABS64, BRANCH26, RUNS = 300 };

struct header {
	uint32_t magic;
	uint16_t machine, build_id_size;
	uint8_t build_id[32];
	uint64_t size;
	int64_t mod_time;
	uint32_t patches, record_size;
};
struct fixup { uint64_t target; uint32_t offset, kind; };
struct patch {
	uint64_t entry;
	uint8_t action, size, count, pointer, align, out;
	uint8_t expected_size, over_size, over_offset, over_kind, moved_size, fixup_count, pushes_return, reserved[3];
	uint8_t expected[32], over[32], moved[64];
	struct fixup fixups[6];
};
_Static_assert(sizeof(struct header) == 64, "the header is read as it is");
_Static_assert(sizeof(struct patch) == 248, "an array of patches is read as it is");

/* Functions that begin with each of the forms that must be mended. */
long value = 0x123456, pair[2] = {77, 88};
long triple(long x) { return 3 * x; }
long (*pointer)(long) = triple;
long frames(void) { void *f[64]; return backtrace(f, 64); }
#define FORM(name, code) \
	__asm__(".pushsection .text\n.p2align 4\n.globl " name "\n.type " name ",%function\n" name ":\n.cfi_startproc\n" \
		code "\n.cfi_endproc\n.size " name ", . - " name "\n.p2align 4\n.popsection")
#if defined __x86_64__
FORM("form_endbr", "endbr64; lea 7(%rdi), %rax; imul %rdi, %rax; ret");
FORM("form_memory", "cmpl $1234567, value(%rip); setl %al; movzbl %al, %eax; add %rdi, %rax; ret");
FORM("form_lea", "lea pair(%rip), %rax; mov 8(%rax), %rax; xor %rdi, %rax; ret");
FORM("form_short", "test %rdi, %rdi; js 1f; lea 1(%rdi), %rax; ret; 1: mov %rdi, %rax; neg %rax; ret");
FORM("form_long", "cmp $9, %rdi; ja 1f; lea 1(%rdi), %rax; ret; .skip 200, 0x90; 1: mov %rdi, %rax; not %rax; ret");
FORM("form_jump", "jmp 1f; nop; nop; nop; 1: lea 5(%rdi), %rax; ret");
FORM("form_call", "sub $8, %rsp; .cfi_adjust_cfa_offset 8; call triple; add $8, %rsp; .cfi_adjust_cfa_offset -8; inc %rax; ret");
FORM("form_memory_call", "push %rdi; .cfi_adjust_cfa_offset 8; call *pointer(%rip); pop %rdi; .cfi_adjust_cfa_offset -8; add %rdi, %rax; ret");
FORM("form_register_call", "push %rdi; .cfi_adjust_cfa_offset 8; mov %rsi, %rax; call *%rax; pop %rdi; .cfi_adjust_cfa_offset -8; sub %rdi, %rax; ret");
FORM("form_unwind", "sub $8, %rsp; .cfi_adjust_cfa_offset 8; call frames; add $8, %rsp; .cfi_adjust_cfa_offset -8; ret");
FORM("form_own_address", "call 1f; 1: pop %rax; lea form_own_address(%rip), %rdx; sub %rdx, %rax; add %rdi, %rax; ret");
FORM("form_tiny", "mov %edi, %eax; ret");
FORM("form_vex", "vmovdqu pair(%rip), %xmm0; vmovq %xmm0, %rax; add %rdi, %rax; ret");
FORM("form_stack", "mov 8(%rsp), %rcx; mov (%rsp), %rax; xor %rax, %rax; add %rdi, %rax; ret");
#elif defined __aarch64__
FORM("form_landing", "hint #34; add x0, x0, #1; ret");
FORM("form_signed", "hint #25; stp x29, x30, [sp, #-16]!; mov x29, sp; bl triple; ldp x29, x30, [sp], #16; hint #29; ret");
FORM("form_signed_page", "hint #25; adrp x1, value; hint #29; ldr x1, [x1, :lo12:value]; add x0, x0, x1; ret");
FORM("form_page", "adrp x1, value; ldr x1, [x1, :lo12:value]; add x0, x0, x1; ret");
FORM("form_address", "adr x1, 1f; ldr w1, [x1]; add x0, x0, x1; ret; 1: .word 1234");
FORM("form_literal", "ldr x1, 1f; eor x0, x0, x1; ret; .p2align 3; 1: .quad 0x123456789");
FORM("form_word", "ldr w1, 1f; eor x0, x0, x1; ret; 1: .word 0x87654321");
FORM("form_signed_word", "ldrsw x1, 1f; eor x0, x0, x1; ret; 1: .word 0x87654321");
FORM("form_zero", "cbz x0, 1f; add x0, x0, #3; 1: ret");
FORM("form_not_zero", "cbnz x0, 1f; mov x0, #3; 1: ret");
FORM("form_bit", "tbnz w0, #3, 1f; add x0, x0, #3; ret; 1: add x0, x0, #9; ret");
FORM("form_high_bit", "tbz x0, #63, 1f; neg x0, x0; ret; 1: add x0, x0, #9; ret");
FORM("form_flags", "b.ge 1f; add x0, x0, #1; ret; 1: add x0, x0, #1; ret");
FORM("form_jump", "b 1f; 2: add x0, x0, #1; ret; 1: add x0, x0, #4; b 2b");
FORM("form_unwind", "stp x29, x30, [sp, #-16]!; .cfi_adjust_cfa_offset 16; .cfi_rel_offset x29, 0; .cfi_rel_offset x30, 8; bl frames; ldp x29, x30, [sp], #16; ret");
#endif

static uint64_t random_state;
static uint64_t next_random(void) {
	random_state ^= random_state << 13, random_state ^= random_state >> 7, random_state ^= random_state << 17;
	return random_state;
}

/* A double with a random exponent near 1, which most functions of libm like. */
static double next_double(void) {
	double x = (double)(int64_t)next_random() / 9.3e18;
	return x * (double)(1 << next_random() % 12);
}

/* Calls the function with arguments that depend on the run only. */
static uint64_t call(void *f, const char *signature, int run) {
	union { double d; float f; uint64_t bits; } answer = {.bits = 0};
	random_state = 0x9e3779b97f4a7c15u * (uint64_t)(run + 1);
	if (!strcmp(signature, "d")) answer.d = ((double (*)(double))f)(next_double());
	else if (!strcmp(signature, "dd")) { double x = next_double(); answer.d = ((double (*)(double, double))f)(x, next_double()); }
	else if (!strcmp(signature, "f")) answer.f = ((float (*)(float))f)((float)next_double());
	else if (!strcmp(signature, "ff")) { float x = (float)next_double(); answer.f = ((float (*)(float, float))f)(x, (float)next_double()); }
	else if (!strcmp(signature, "di")) { double x = next_double(); answer.d = ((double (*)(double, int))f)(x, (int)(next_random() % 64) - 32); }
	else if (!strcmp(signature, "id")) answer.bits = (uint64_t)((int (*)(double))f)(next_double());
	else if (!strcmp(signature, "i")) answer.bits = (uint64_t)((int (*)(int))f)((int)next_random());
	else if (!strcmp(signature, "c")) answer.bits = (uint64_t)((int (*)(int))f)((int)(next_random() % 256));
	else if (!strcmp(signature, "l")) answer.bits = (uint64_t)((long (*)(long, long (*)(long)))f)((long)next_random() >> next_random() % 64, triple);
	else {
		char text[2][24];
		for (int i = 0; i < 2; i++) {
			size_t n = next_random() % 23;
			for (size_t j = 0; j < n; j++) text[i][j] = "0123456789 -+xaB"[next_random() % 16];
			text[i][n] = 0;
		}
		if (!strcmp(signature, "s")) answer.bits = (uint64_t)((long (*)(const char *))f)(text[0]);
		else if (!strcmp(signature, "ss")) answer.bits = (uint64_t)((int (*)(const char *, const char *))f)(text[0], text[1]);
		else if (!strcmp(signature, "sei")) answer.bits = (uint64_t)((long (*)(const char *, char **, int))f)(text[0], NULL, 10);
		else if (!strcmp(signature, "sd")) answer.d = ((double (*)(const char *))f)(text[0]);
		else exit((fprintf(stderr, "unknown signature %s\n", signature), 2));
	}
	return answer.bits;
}

static void mend(uint8_t *code, uint32_t offset, uint32_t kind, uint64_t target) {
	uint64_t at = (uint64_t)(code + offset);
	int64_t distance = (int64_t)(target - at);
	uint32_t word;
	switch (kind) {
	case REL32:
		distance -= 4;
		if (distance != (int32_t)distance) exit((fprintf(stderr, "too far\n"), 2));
		word = (uint32_t)distance;
		memcpy(code + offset, &word, 4);
		break;
	case ABS64: memcpy(code + offset, &target, 8); break;
	case BRANCH26:
		if (distance < -(1 << 27) || distance >= 1 << 27) exit((fprintf(stderr, "too far\n"), 2));
		memcpy(&word, code + offset, 4);
		word = (word & ~0x3ffffffu) | ((uint32_t)(distance / 4) & 0x3ffffff);
		memcpy(code + offset, &word, 4);
		break;
	default: exit((fprintf(stderr, "fix-up of kind %u\n", kind), 2));
	}
}

/* Writable and executable memory near an address. */
static uint8_t *map_near(uintptr_t near) {
	enum { SIZE = 1 << 16 };
	for (uintptr_t at = (near & ~(uintptr_t)0xffff) - SIZE; near - at < 100u << 20; at -= SIZE) {
		void *p = mmap((void *)at, SIZE, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED_NOREPLACE, -1, 0);
		if (p == (void *)at) return p;
		if (p != MAP_FAILED) munmap(p, SIZE);
	}
	exit((fprintf(stderr, "no room near %#lx\n", (unsigned long)near), 2));
}

/* Writes a stub that counts and goes on to the moved code. */
static size_t write_stub(uint8_t *stub, uint64_t *counter, uint8_t *moved) {
#if defined __x86_64__
	static const uint8_t code[] = {0xf0, 0x48, 0xff, 0x05, 0, 0, 0, 0, 0xe9, 0, 0, 0, 0}; /* lock incq counter; jmp moved */
	memcpy(stub, code, sizeof code);
	mend(stub, 4, REL32, (uint64_t)counter);
	mend(stub, 9, REL32, (uint64_t)moved);
	return 16;
#else
	/* ldr x16, 1f; ldr x17, [x16]; add x17, x17, #1; str x17, [x16]; b moved; nop; 1: .quad counter */
	static const uint32_t code[] = {0x580000d0, 0xf9400211, 0x91000631, 0xf9000211, 0x14000000, 0xd503201f};
	memcpy(stub, code, sizeof code);
	mend(stub, 16, BRANCH26, (uint64_t)moved);
	mend(stub, 24, ABS64, (uint64_t)counter);
	return 32;
#endif
}

static void write_code(uint8_t *at, const uint8_t *code, size_t size) {
	uintptr_t page = (uintptr_t)at & ~(uintptr_t)4095;
	size_t length = (uintptr_t)at + size - page;
	if (mprotect((void *)page, length, PROT_READ | PROT_WRITE | PROT_EXEC)) exit((perror("mprotect"), 2));
	memcpy(at, code, size);
	if (mprotect((void *)page, length, PROT_READ | PROT_EXEC)) exit((perror("mprotect"), 2));
	__builtin___clear_cache((char *)at, (char *)at + size);
}

int main(int argc, char **argv) {
	if (argc < 4) return 2;
	FILE *plan = fopen(argv[1], "rb");
	struct header header;
	if (!plan || fread(&header, sizeof header, 1, plan) != 1 || header.record_size != sizeof(struct patch)) return 2;
	struct patch *patches = calloc(header.patches, sizeof *patches);
	if (fread(patches, sizeof *patches, header.patches, plan) != header.patches) return 2;
	void *library = dlopen(strcmp(argv[2], "-") ? argv[2] : NULL, RTLD_NOW);
	struct link_map *map;
	if (!library) exit((fprintf(stderr, "%s\n", dlerror()), 2));
	dlinfo(library, RTLD_DI_LINKMAP, &map);
	backtrace((void *[1]){0}, 1); /* loads libgcc before anything is patched */

	uint8_t *room = NULL, *end = NULL;
	for (int i = 3; i < argc; i++) {
		char *name = argv[i], *signature = strchr(name, ':');
		*signature++ = 0;
		uint8_t *f = dlsym(library, name);
		if (!f) exit((fprintf(stderr, "%s\n", dlerror()), 2));
		uint64_t bias = map->l_addr;
		struct patch *p = patches;
		while (p < patches + header.patches && bias + p->entry != (uint64_t)f) p++;
		if (p == patches + header.patches) {
			printf("%s absent\n", name);
			continue;
		}
		if (p->reserved[0]++) { /* another name of what is patched already */
			printf("%s again\n", name);
			continue;
		}
		if (memcmp(f, p->expected, p->expected_size)) exit((fprintf(stderr, "%s has other code\n", name), 2));

		uint64_t before[RUNS], wrong = 0;
		for (int run = 0; run < RUNS; run++) before[run] = call(f, signature, run);

		if (end - room < 1024) end = (room = map_near((uintptr_t)f)) + (1 << 16);
		uint64_t *counter = (uint64_t *)room;
		uint8_t *moved = room + 64, *stub = room + 128;
		room += 192;
		memcpy(moved, p->moved, p->moved_size);
		for (int j = 0; j < p->fixup_count; j++) mend(moved, p->fixups[j].offset, p->fixups[j].kind, bias + p->fixups[j].target);
		write_stub(stub, counter, moved);
		__builtin___clear_cache((char *)moved, (char *)stub + 64);

		for (int run = 0; run < RUNS; run++) wrong += call(moved, signature, run) != before[run];

		uint8_t *at = f + p->expected_size - p->over_size, over[sizeof p->over];
		memcpy(over, p->over, p->over_size);
		/* What counts is the distance from where the bytes will be. */
		mend(over, p->over_offset, p->over_kind, (uint64_t)stub - (uint64_t)at + (uint64_t)over);
		write_code(at, over, p->over_size);
		for (int run = 0; run < RUNS; run++) wrong += call(f, signature, run) != before[run];
		printf("%s %d %llu %llu\n", name, RUNS, (unsigned long long)*counter, (unsigned long long)wrong);
	}
	fflush(stdout);
	_exit(0); /* not through exit handlers that may be patched */
}
