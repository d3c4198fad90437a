/* Functions without unwind information that allocate: bare keeps no frame pointer
 * and leaves its caller's where it is; framed keeps one. A profiler that follows
 * the frame pointer through bare passes over between, which called it. To be
 * built at -O0, where the callers keep one. Counts every block. */
#include <stdlib.h>

#include "count.h"

void *bare(size_t size);
void *framed(size_t size);

#if defined(__x86_64__)
__asm__(".text\n"
	"bare: subq $24, %rsp; movq $0, (%rsp); movq $0, 8(%rsp); movq $0, 16(%rsp)\n"
	"	call malloc@PLT; addq $24, %rsp; ret\n"
	"framed: pushq %rbp; movq %rsp, %rbp; pushq $0; pushq $0\n"
	"	call malloc@PLT; leave; ret\n");
#else
#error "not written for this processor"
#endif

static void *between(size_t size)
{
	return bare(size);
}

static void *around(size_t size)
{
	return framed(size);
}

static void take(size_t size, void *(*from)(size_t))
{
	void *p = from(size);
	count_alloc(size);
	free(p);
	count_free(size);
}

int main(void)
{
	for (int i = 0; i < 10; i++) {
		take(10, between);
		take(20, around);
	}
	count_print();
	return 0;
}
