// Tests as GoogleTest has them, without GoogleTest: --gtest_list_tests lists them, --gtest_filter=Suite.Name runs one.
//
// What is allocated within a function called TestBody is the test's, and the test's counts are on the first line of
// --gtest_count=Suite.Name; all else is the harness's. Unit.Many grows a block of the harness's, frees another one,
// recurses deeper than stacks are recorded, and has a thread.

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void *harness_block, *other_block;
static void *keep[512];

static unsigned long blocks, bytes, left;

__attribute__((noinline)) static void *take(size_t size)
{
	blocks++;
	bytes += size;
	return malloc(size);
}

__attribute__((noinline)) static int deep(int depth)
{
	void *p = take(16);
	int n = depth ? deep(depth - 1) + 1 : 1;
	free(p);
	return n;
}

static void *in_thread(void *)
{
	keep[0] = take(1000);
	left += 1000;
	return nullptr;
}

namespace unit {

struct Few {
	__attribute__((noinline)) static void TestBody();
};
struct Many {
	__attribute__((noinline)) static void TestBody();
};
struct Fails {
	__attribute__((noinline)) static void TestBody();
};

void Few::TestBody()
{
	for (int i = 0; i < 3; i++)
		free(take(100));
}

void Many::TestBody()
{
	harness_block = realloc(harness_block, 5000);
	free(other_block);
	deep(300);
	// What a thread's creator allocates for it is the test's, too, and not known: the thread is made by the harness.
	for (int i = 1; i < 101; i++)
		keep[i] = take(10);
	for (int i = 1; i < 101; i++)
		keep[i] = (blocks++, bytes += 20, realloc(keep[i], 20));
	left += 100 * 20;
}

void Fails::TestBody()
{
	free(take(7));
	puts("it is as it should not be");
	exit(1);
}

} // namespace unit

static int run(const char *name)
{
	for (int i = 200; i < 300; i++)
		keep[i] = malloc(64); // the harness's, which it never frees
	harness_block = malloc(10);
	other_block = malloc(20);
	if (!strcmp(name, "Unit.Few")) {
		unit::Few::TestBody();
	} else if (!strcmp(name, "Unit.Many")) {
		unit::Many::TestBody();
		pthread_t thread;
		pthread_create(&thread, nullptr, in_thread, nullptr);
		pthread_join(thread, nullptr);
	} else if (!strcmp(name, "Unit.Fails")) {
		unit::Fails::TestBody();
	} else {
		return 2;
	}
	return 0;
}

int main(int argc, char **argv)
{
	const char *filter = "--gtest_filter=", *count = "--gtest_count=";
	for (int i = 1; i < argc; i++) {
		if (!strcmp(argv[argc - 1], "--gtest_list_tests") && !strncmp(argv[i], filter, strlen(filter)))
			return printf("Unit.\n  %s\n", strchr(argv[i], '.') + 1) < 0;
		if (argc == 2 && !strcmp(argv[i], "--gtest_list_tests"))
			return puts("Running main()\nUnit.\n  Few\n  Many\n  Fails\n  DISABLED_Other") < 0;
		if (!strncmp(argv[i], count, strlen(count))) {
			int status = run(argv[i] + strlen(count));
			printf("blocks=%lu bytes=%lu left=%lu\n", blocks, bytes, left);
			return status;
		}
		if (!strncmp(argv[i], filter, strlen(filter)))
			return run(argv[i] + strlen(filter));
	}
	return 2;
}
