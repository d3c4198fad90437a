// Allocates in three functions, one of which is inlined, and by way of a fourth, in several rounds; counts
// which of the calls got a block, by function. It frees each at once.
#include <cstdio>
#include <cstdlib>

namespace app {

__attribute__((noinline)) static void *get(size_t bytes) { return malloc(bytes); }

struct parser {
	__attribute__((noinline)) static bool parse(int n)
	{
		void *volatile block = get(n + 1);
		free(block);
		return block;
	}
};

template <typename T> __attribute__((noinline)) bool load(T n)
{
	void *volatile block = get(n + 100);
	free(block);
	return block;
}

__attribute__((always_inline)) static inline bool store(int n)
{
	void *volatile block = realloc(nullptr, n + 200);
	void *volatile more = block ? realloc(block, n + 300) : nullptr;
	bool ok = block && more;
	free(more ? more : block);
	return ok;
}

__attribute__((noinline)) static bool writes(int n) { return store(n); }

}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? atoi(argv[1]) : 10, parsed = 0, loaded = 0, stored = 0;
	setvbuf(stdout, nullptr, _IONBF, 0);
	for (int i = 0; i < rounds; i++) {
		parsed += app::parser::parse(i);
		loaded += app::load<long>(i);
		stored += app::writes(i);
	}
	printf("parsed=%d loaded=%d stored=%d\n", parsed, loaded, stored);
}
