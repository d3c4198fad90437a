/* Functions with the names of allocators', most of which pass their calls on to others.
 * They are read, never run. Built for position-independent programs without a
 * procedure linkage table, they go by the global offset table, as Rust's do. x86-64
 * only. */
#define ENTRY(name, code) \
	__asm__(".pushsection .text\n.p2align 4, 0xcc\n.globl " name "\n.hidden " name "\n.type " name ",@function\n" name ":\n" code "\n.size " name ", . - " name "\n.popsection")

/* What an allocator has itself. */
#define OWN "mov %rdi, %rax; add %rsi, %rax; add %rdx, %rax; ret"
ENTRY("_rjem_malloc", OWN);
ENTRY("_rjem_mallocx", OWN);
ENTRY("_rjem_calloc", OWN);
ENTRY("_rjem_realloc", OWN);
ENTRY("_rjem_rallocx", OWN);
ENTRY("_rjem_sdallocx", OWN);
ENTRY("mi_theap_malloc_aligned", OWN);
ENTRY("mi_free", OWN);

/* By where the alignment leads. */
ENTRY("__rust_alloc", "cmp $17, %rsi; setb %al; cmp %rdi, %rsi; setbe %cl; test %cl, %al; jne 1f\n"
	"tzcnt %rsi, %rsi; jmp *_rjem_mallocx@GOTPCREL(%rip)\n1: jmp *_rjem_malloc@GOTPCREL(%rip)");
ENTRY("__rust_alloc_zeroed", "mov %rdi, %rax; test %rsi, %rsi; je 1f; mov %rax, %rdi; jmp *_rjem_mallocx@GOTPCREL(%rip)\n"
	"1: mov $1, %edi; mov %rax, %rsi; jmp *_rjem_calloc@GOTPCREL(%rip)");
ENTRY("__rust_realloc", "mov %rcx, %rsi; test %rdx, %rdx; je _rjem_realloc; jmp _rjem_rallocx");
ENTRY("__rust_dealloc", "tzcnt %rdx, %rcx; mov %ecx, %edx; jmp *_rjem_sdallocx@GOTPCREL(%rip)");
/* With one more argument in front. */
ENTRY("mi_malloc_aligned", "mov $-8, %rax; mov %rsi, %rdx; mov %rdi, %rsi; mov %fs:(%rax), %rdi; jmp mi_theap_malloc_aligned");
ENTRY("mi_new_aligned", "jmp *mi_malloc_aligned@GOTPCREL(%rip)");

/* Where something is not as it was. */
ENTRY("mi_malloc", "add $16, %rdi; jmp *_rjem_malloc@GOTPCREL(%rip)");        /* the size */
ENTRY("mi_zalloc", "mov %edi, %edi; jmp _rjem_malloc");                       /* half of it */
ENTRY("mi_mallocn", "mov %rsi, %rdi; jmp _rjem_malloc");                      /* the count is lost */
ENTRY("mi_calloc", "mov $2, %edi; jmp _rjem_calloc");
ENTRY("mi_free_small", "sub $16, %rdi; jmp mi_free");                         /* the block */
ENTRY("mi_realloc", "mov %rsi, %rdi; jmp _rjem_malloc");                      /* it is not freed */
ENTRY("mi_new", "mov %rdi, last(%rip); jmp _rjem_malloc");                    /* memory is written */
ENTRY("mi_new_nothrow", "push %rdi; call _rjem_malloc; pop %rdi; ret");       /* a frame is there */
ENTRY("mi_malloc_small", "test %rdi, %rdi; je 1f; jmp _rjem_malloc\n1: xor %eax, %eax; ret");
ENTRY("mi_zalloc_small", "test %rdi, %rdi; je somewhere; jmp _rjem_malloc");
ENTRY("mi_umalloc", "test %rdi, %rdi; jmp *chosen(%rip)");                    /* may change */
ENTRY("mi_ufree", "lea (%rdi, %rdx), %rax; nop; 1: dec %rdx; jne 1b; jmp mi_free"); /* a loop */
ENTRY("somewhere", "mov $1, %eax; ret");

__asm__(".data\nlast: .quad 0\nchosen: .quad _rjem_malloc\n");

int main(void) { return 0; }
