/* Programs that work and look at their own results until standard input ends, for
 * internal/attachtest: "ready", then lines "turns=N wrong=N", status 0. The first
 * argument is how many microseconds a thread rests after each turn. */
#ifndef TELLER_H
#define TELLER_H
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static int over; /* all threads shall end */
static unsigned long turns, wrong;
static long rest_ns;

static inline int is_over(void)
{
	return __atomic_load_n(&over, __ATOMIC_ACQUIRE);
}

/* To be called after each turn: is it right? */
static inline void turn(int right)
{
	__atomic_fetch_add(&turns, 1, __ATOMIC_RELAXED);
	if (!right)
		__atomic_fetch_add(&wrong, 1, __ATOMIC_RELAXED);
}

/* Rests, whatever signals come. */
static inline void rest(void)
{
	struct timespec left = {rest_ns / 1000000000, rest_ns % 1000000000};
	while (rest_ns > 0 && nanosleep(&left, &left) != 0 && errno == EINTR)
		;
}

static inline void tell_text(const char *text, size_t size)
{
	while (size > 0) {
		ssize_t n = write(1, text, size);
		if (n < 0 && errno != EINTR)
			_exit(9);
		text += n > 0 ? n : 0;
		size -= n > 0 ? (size_t)n : 0;
	}
}

static inline void tell(void)
{
	char line[80];
	int n = snprintf(line, sizeof(line), "turns=%lu wrong=%lu\n", __atomic_load_n(&turns, __ATOMIC_RELAXED), __atomic_load_n(&wrong, __ATOMIC_RELAXED));
	tell_text(line, (size_t)n);
}

static inline void tell_begin(int argc, char **argv)
{
	rest_ns = argc > 1 ? atol(argv[1]) * 1000 : 0;
}

/* Tells until standard input ends; of each character that comes before, obey is told (NULL: nobody). */
static inline void tell_until_end(void (*obey)(char))
{
	static const char ready[] = "ready\n";
	tell_text(ready, sizeof(ready) - 1);
	for (;;) {
		struct pollfd in = {0, POLLIN, 0};
		char c;
		if (poll(&in, 1, 20) > 0) {
			ssize_t n = read(0, &c, 1);
			if (n == 0)
				break;
			if (n > 0 && obey != NULL)
				obey(c);
		}
		tell();
	}
	__atomic_store_n(&over, 1, __ATOMIC_RELEASE);
}
#endif
