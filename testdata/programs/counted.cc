/* Functions of all kinds that are counted, each of which knows how often it is entered and with
 * which weights: NAME CALLS WEIGHT, a line each. The rest of the output is what they return:
 * it is the same whether they are counted or not. */
#include <csetjmp>
#include <csignal>
#include <cstdarg>
#include <cstdio>
#include <cstdlib>
#include <pthread.h>
#include <unistd.h>
#include <sys/wait.h>

#define KEPT __attribute__((noinline, noclone, noipa))

static struct tally {
	long calls, weight;
} wide_count, vector_count, various_count, thrown_count, left_count, small_count, large_count, signed_count, handled_count, tail_count, ping_count, empty_count;

static void count(tally *c, long weight) {
	__atomic_add_fetch(&c->calls, 1, __ATOMIC_RELAXED);
	__atomic_add_fetch(&c->weight, weight, __ATOMIC_RELAXED);
}

/* Arguments on the stack, and a result in memory. */
struct ten {
	long of[10];
};
KEPT ten wide(long a, long b, long c, long d, long e, long f, long g, long h, double i, long double j) {
	count(&wide_count, c);
	return ten{{a, b, c, d, e, f, g, h, (long)i, (long)j}};
}

typedef float eight __attribute__((vector_size(32)));
KEPT eight vectors(eight a, double b, eight c, float d, __int128 e) {
	count(&vector_count, 1);
	return a * (float)b + c * d + (float)e;
}

KEPT double various(int n, ...) {
	count(&various_count, 1);
	va_list args;
	va_start(args, n);
	double sum = 0;
	for (int i = 0; i < n; i++) sum += i % 2 ? va_arg(args, double) : (double)va_arg(args, long);
	va_end(args);
	return sum;
}

KEPT int throws(int depth) {
	count(&thrown_count, depth);
	if (depth == 0) throw 42;
	int deeper = throws(depth - 1);
	__asm__ volatile("" : "+r"(deeper)); /* or it becomes a loop */
	return deeper + 1;
}

static jmp_buf home;
KEPT void leaves(int depth) {
	count(&left_count, depth);
	if (depth == 0) longjmp(home, 1);
	leaves(depth - 1);
	__asm__ volatile("" ::: "memory");
}

template <typename T> KEPT T small(T x) {
	count(&small_count, 1);
	return x + 1;
}

namespace outer {
KEPT int overloaded(int x) {
	count(&large_count, x);
	return x;
}
KEPT int overloaded(long x, const char *) {
	count(&large_count, x);
	return (int)x;
}
}

/* The upper half of the register has something else. */
KEPT int with_sign(int weight) {
	count(&signed_count, weight > 0 ? weight : 0);
	return weight;
}

KEPT void in_handler(int number) {
	count(&handled_count, 1);
	signal(number, in_handler);
}

KEPT long at_the_end(long x) {
	count(&tail_count, x);
	return x * 3;
}
KEPT long jumps(long x) { return at_the_end(x + 1); }

/* Each jumps to the other. */
KEPT long ping(long n, long sum);
KEPT long pong(long n, long sum) { return n == 0 ? sum : ping(n - 1, sum + n); }
KEPT long ping(long n, long sum) {
	count(&ping_count, n);
	return n == 0 ? sum : pong(n - 1, sum + n);
}

extern "C" KEPT void nothing(void) { count(&empty_count, 1); }

static void *thread(void *) {
	for (int i = 0; i < 1000; i++) nothing();
	return nullptr;
}

int main() {
	for (long i = 0; i < 7; i++) {
		ten t = wide(i, 2, 3 + i, 4, 5, 6, 7, 8, 9, 10);
		long sum = 0;
		for (long x : t.of) sum = sum * 3 + x;
		printf("%ld ", sum);
	}
	eight v = vectors(eight{1, 2, 3, 4, 5, 6, 7, 8}, 2, eight{8, 7, 6, 5, 4, 3, 2, 1}, 0.5f, (__int128)3);
	for (int i = 0; i < 8; i++) printf("%g ", (double)v[i]);
	printf("%g %g\n", various(4, 1L, 2.5, 3L, 4.25), various(10, 1L, 2.0, 3L, 4.0, 5L, 6.0, 7L, 8.0, 9L, 10.5));
	for (int i = 0; i < 5; i++) {
		try {
			throws(i);
		} catch (int x) {
			printf("%d ", x + i);
		}
		if (!setjmp(home)) leaves(i);
	}
	printf("%d %ld %g\n", small(1), small(2L), small(0.5));
	printf("%d %d\n", outer::overloaded(20), outer::overloaded(22, ""));
	for (long i = -2; i < 3; i++) {
		long (*as_long)(long) = (long (*)(long))with_sign;
		as_long((i & 0xffffffff) | 5L << 32);
	}
	signal(SIGUSR1, in_handler);
	for (int i = 0; i < 3; i++) raise(SIGUSR1);
	printf("%ld %ld\n", jumps(4), ping(10, 0));
	pthread_t threads[4];
	for (pthread_t &t : threads) pthread_create(&t, nullptr, thread, nullptr);
	for (pthread_t t : threads) pthread_join(t, nullptr);
	fflush(stdout);
	pid_t child = fork();
	if (child == 0) {
		nothing(); /* an image of its own */
		_exit(0);
	}
	int status;
	waitpid(child, &status, 0);
	printf("child %d\n", status);
	const struct {
		const char *name;
		tally *of;
	} all[] = {{"wide", &wide_count}, {"vectors", &vector_count}, {"various", &various_count}, {"throws", &thrown_count}, {"leaves", &left_count},
		{"small", &small_count}, {"overloaded", &large_count}, {"with_sign", &signed_count}, {"in_handler", &handled_count},
		{"at_the_end", &tail_count}, {"ping", &ping_count}, {"nothing", &empty_count}};
	for (const auto &c : all) printf("counted %s %ld %ld\n", c.name, c.of->calls, c.of->weight);
	return 0;
}
