/* Follows its own stack by libgcc's unwinder, writes for each frame the return address and the
 * stack pointer, and waits: through a function with room of a size that is not known, one whose locals
 * are aligned by 64, one of the C library's, and a signal's handler. */
#include <alloca.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <unwind.h>

static _Unwind_Reason_Code tell(struct _Unwind_Context *c, void *unused) {
	printf("%lx %lx\n", (unsigned long)_Unwind_GetIP(c), (unsigned long)_Unwind_GetCFA(c));
	return _URC_NO_REASON;
}

static void stop(int signal) {
	_Unwind_Backtrace(tell, NULL);
	puts("ready");
	fflush(stdout);
	pause();
}

static volatile int kept;

__attribute__((noinline)) static void interrupted(void) {
	raise(SIGUSR1);
	kept++;
}

__attribute__((noinline)) static int compare(const void *a, const void *b) {
	if (!kept) interrupted();
	kept++;
	return *(const char *)a - *(const char *)b;
}

__attribute__((noinline)) static void sort(void) {
	char some[] = "cba";
	qsort(some, 3, 1, compare);
	kept += some[0];
}

__attribute__((noinline)) static void aligned(int n) {
	char room[64] __attribute__((aligned(64)));
	char *more = alloca((size_t)n);
	memset(room, n, sizeof room);
	memset(more, n, (size_t)n);
	sort();
	kept += room[0] + more[n - 1];
}

__attribute__((noinline)) static void varying(int n) {
	char *room = alloca((size_t)n);
	memset(room, n, (size_t)n);
	if (n > 100) varying(n - 17);
	else aligned(n);
	kept += room[1];
}

int main(void) {
	signal(SIGUSR1, stop);
	varying(200);
	return 0;
}
