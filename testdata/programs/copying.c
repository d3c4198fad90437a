/* Copies by each of the C library's functions that copy, each called by a function of its own, and says how many
 * bytes that is:
 *
 *     copied NAME COPIES BYTES [valgrind COPIES BYTES]
 *
 * What valgrind's DHAT counts is only said where it is something else: it misses strcat and what its functions
 * are to it, and malloc is its own. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <wchar.h>

/* What _FORTIFY_SOURCE makes of the others. */
void *__memcpy_chk(void *, const void *, size_t, size_t), *__memmove_chk(void *, const void *, size_t, size_t), *__mempcpy_chk(void *, const void *, size_t, size_t);
char *__strcpy_chk(char *, const char *, size_t), *__stpcpy_chk(char *, const char *, size_t), *__strcat_chk(char *, const char *, size_t);
char *__strncpy_chk(char *, const char *, size_t, size_t), *__stpncpy_chk(char *, const char *, size_t, size_t), *__strncat_chk(char *, const char *, size_t, size_t);

static char a[4096], b[4096];
static wchar_t wa[512], wb[512];

#define DO(name, call) \
	static __attribute__((noinline)) void by_##name(void) { \
		a[0] = 0; \
		wa[0] = 0; \
		call; \
		__asm__ volatile("" ::: "memory"); \
	}
#define ALL(x) \
	x(memcpy, memcpy(a, b, 101), 1, 101, 1, 101) \
	x(of_nothing, memcpy(a, b, 0), 1, 0, 1, 0) \
	x(of_much, memcpy(a, b, 4000), 1, 4000, 1, 4000) \
	x(memmove, memmove(a + 1, a, 102), 1, 102, 1, 102) \
	x(mempcpy, mempcpy(a, b, 103), 1, 103, 1, 103) \
	x(strcpy, strcpy(a, "0123456789"), 1, 11, 1, 11) \
	x(stpcpy, stpcpy(a, "0123456789a"), 1, 12, 1, 12) \
	x(strncpy, strncpy(a, "0123", 20), 1, 5, 1, 5) \
	x(strncpy_cut, strncpy(a, "0123456789", 4), 1, 4, 1, 4) \
	x(stpncpy, stpncpy(a, "01234", 21), 1, 6, 1, 6) \
	x(strcat, strcat(a, "0123456789"), 1, 11, 0, 0) \
	x(strncat, strncat(a, "0123456789", 40), 1, 11, 0, 0) \
	x(strncat_cut, strncat(a, "0123456789", 4), 1, 5, 0, 0) \
	x(wmemcpy, wmemcpy(wa, wb, 11), 1, 44, 1, 44) \
	x(wmemmove, wmemmove(wa, wb, 12), 1, 48, 1, 48) \
	x(wmempcpy, wmempcpy(wa, wb, 13), 1, 52, 1, 52) \
	x(wcscpy, wcscpy(wa, L"01234"), 1, 24, 1, 24) \
	x(wcscat, wcscat(wa, L"0123"), 1, 20, 1, 20) \
	x(wcsncpy, wcsncpy(wa, L"012", 6), 1, 12, 1, 12) \
	x(bcopy, bcopy(b, a, 104), 1, 104, 1, 104) \
	x(memccpy, memccpy(a, "0123456789", '5', 10), 1, 6, 1, 6) \
	x(memcpy_chk, __memcpy_chk(a, b, 111, sizeof a), 1, 111, 1, 111) \
	x(memmove_chk, __memmove_chk(a, b, 112, sizeof a), 1, 112, 1, 112) \
	x(mempcpy_chk, __mempcpy_chk(a, b, 113, sizeof a), 1, 113, 0, 0) \
	x(strcpy_chk, __strcpy_chk(a, "0123456789", sizeof a), 1, 11, 1, 11) \
	x(stpcpy_chk, __stpcpy_chk(a, "0123456789", sizeof a), 1, 11, 1, 11) \
	x(strcat_chk, __strcat_chk(a, "0123456789", sizeof a), 1, 11, 0, 0) \
	x(strncpy_chk, __strncpy_chk(a, "0123", 22, sizeof a), 1, 5, 1, 5) \
	x(stpncpy_chk, __stpncpy_chk(a, "0123", 22, sizeof a), 1, 5, 1, 5) \
	x(strncat_chk, __strncat_chk(a, "0123456789", 5, sizeof a), 1, 6, 0, 0) \
	x(strdup, free(strdup("0123456789ab")), 1, 13, 1, 13) \
	x(snprintf, snprintf(a, 100, "%s", "0123456789abcdefghijklmnopqrst"), 1, 30, 1, 30) \
	x(memset, memset(a, 1, 500), 0, 0, 0, 0)

#define DEFINE(name, call, ...) DO(name, call)
ALL(DEFINE)

static void say(const char *name, int copies, int bytes, int theirs, int their_bytes) {
	printf("copied %s %d %d", name, copies, bytes);
	if (theirs != copies || their_bytes != bytes) printf(" valgrind %d %d", theirs, their_bytes);
	printf("\n");
}

int main(void) {
#define RUN(name, call, ...) by_##name();
	ALL(RUN)
#define SAY(name, call, ...) say(#name, __VA_ARGS__);
	ALL(SAY)
	return 0;
}
