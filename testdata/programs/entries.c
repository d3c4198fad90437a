/* Functions with the names of allocators', in the forms that a patch plan must tell
 * apart. They are read, never run. x86-64 only. */
#define ENTRY(name, code) CODE(name, "global", code)
#define CODE(name, bind, code) \
	__asm__(".pushsection .text\n.p2align 4, 0xcc\n." bind " " name "\n.type " name ",@function\n" name ":\n" code "\n.size " name ", . - " name "\n.popsection")

/* Only its own file calls it. */
#define LOCAL(name, code) CODE(name, "local", code)

ENTRY("mi_malloc", "mov %rdi, %rax; xor %ecx, %ecx; ret");
ENTRY("mi_free", "jmp free");                   /* left to free */
ENTRY("mi_cfree", "jmp mi_free");               /* and so is this */
ENTRY("mi_realloc", "jmp somewhere");           /* an alias of which is no realloc: hooked here */
ENTRY("mi_usable_size", "mov $8, %eax; ret");   /* of no interest */
ENTRY("mi_malloc_part_of_a_name", "mov $8, %eax; ret");
ENTRY("mi_zalloc", "xor %eax, %eax\nmi_next_function: mov %edi, %eax; ret"); /* a symbol where the jump would be */
ENTRY("mi_calloc", "ret");                      /* padding follows */
ENTRY("mi_new_n", "ret\n.byte 0x55");           /* none */
ENTRY("mi_malloc_small", "mov %rdi, %rax; mov %rsi, %rcx; ret");
ENTRY("mi_zalloc_aligned", "mov %rdi, %rax; mov %rsi, %rcx; ret");
ENTRY("beside_it", "mov %rdi, %rax; jmp mi_zalloc_aligned + 3"); /* a short jump, as libc's __mempcpy has */
ENTRY("far_away", ".skip 300, 0x90; jmp mi_malloc_small + 3");
ENTRY("mi_mallocn", "xchg %al, (%rsi); test %al, %al; .skip 300, 0x90; jne mi_mallocn; ret"); /* waits */
LOCAL("mi_heap_malloc", "mov $7, %esi; mov %rdi, %rax; ret");    /* the heap was left out */
LOCAL("mi_heap_zalloc", "mov %rsi, %rax; mov %edi, %ecx; ret");
ENTRY("mi_zalloc_small", "mov %rdi, %rax; mov %rsi, %rcx; ret");
ENTRY("looks_so", ".skip 300, 0x90; .byte 0x48, 0xb8, 0xe9; .long mi_zalloc_small + 3 - . - 4; .long 0; ret"); /* within a movabs */
ENTRY("free", "endbr64; mov %rdi, %rax; nop; nop; ret");
ENTRY("somewhere", "lea (%rdi,%rsi), %rax; nop; ret");

ENTRY("_RNvCsfLfy6EI15iL_7___rustc12___rust_alloc", "jmp _RNvCsfLfy6EI15iL_7___rustc11___rdl_alloc");
ENTRY("_RNvCsfLfy6EI15iL_7___rustc11___rdl_alloc", "mov $2, %eax; ret");
ENTRY("__rust_alloc_zeroed", "mov %rdi, %rax; mov %eax, %eax; ret");
ENTRY("_RNvCsfLfy6EI15iL_7___rustc14___rust_dealloc", "mov $3, %eax; ret");
ENTRY("__rust_realloc", "mov %rcx, %rax; mov %eax, %eax; ret");

ENTRY("_ZN4Pool3getEm", "mov $5, %eax; ret");   /* Pool::get(unsigned long) */
ENTRY("_ZN4Pool3getEmm", "mov $6, %eax; ret");
ENTRY("pool_free", "mov $7, %eax; ret");

ENTRY("sn_malloc", "mov $9, %eax; ret");
ENTRY("sn_free", "on_event: ret; nop; nop; nop; nop"); /* folded */

ENTRY("rpmalloc", "mov $8, %eax; ret");         /* what it makes could not be seen freed */
ENTRY("rpfree", "ret\n.byte 0x55");
ENTRY("dlmalloc", "jmp rpmalloc; nop; nop; nop"); /* which is not hooked after all */

static void *chosen(void) { return 0; }
__attribute__((used)) static void *choose(void) { return (void *)chosen; }
__asm__(".globl mi_new\n.type mi_new,@gnu_indirect_function\n.set mi_new, choose");
__asm__(".globl je_malloc\n.set je_malloc, mi_malloc"); /* an alias */
__asm__(".type calloc.lto_priv.0,@function\n.set calloc.lto_priv.0, somewhere");
__asm__(".type realloc.part.0,@function\n.set realloc.part.0, somewhere + 8");

int main(void) { return 0; }
