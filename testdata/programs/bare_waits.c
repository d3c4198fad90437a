/* A static program without a C library, whose threads have no thread pointer: it says that
 * it is ready, and reads its standard input to the end. */
static long call(long number, long a, const void *b, long c)
{
	long result;
	__asm__ volatile("syscall" : "=a"(result) : "a"(number), "D"(a), "S"(b), "d"(c) : "rcx", "r11", "memory");
	return result;
}

void _start(void)
{
	char c;
	call(1, 1, "ready\n", 6);
	while (call(0, 0, &c, 1) > 0)
		;
	call(60, 7, 0, 0);
	__builtin_unreachable();
}
