// C++ exceptions thrown through forty frames with destructors that free, caught,
// thrown again and thrown once more from a destructor's neighbour, a thousand
// times over; each level allocates. Counts the blocks that the levels allocate,
// not the exceptions themselves.
#include <cstdlib>
#include <stdexcept>

#include "count.h"

struct Block {
	size_t size;
	void *p;
	explicit Block(size_t n) : size(n), p(std::malloc(n)) { count_alloc(n); }
	~Block()
	{
		count_free(size);
		std::free(p);
	}
};

static void descend(int levels)
{
	Block here(static_cast<size_t>(levels) + 1);
	if (levels == 0)
		throw std::runtime_error("the bottom, with a message of its own");
	descend(levels - 1);
	Block never(1);
}

static void rethrow(int levels)
{
	Block here(1000);
	try {
		descend(levels);
	} catch (...) {
		Block caught(2000);
		throw;
	}
}

static void after_catch()
{
	Block here(3000);
}

int main()
{
	int caught = 0;
	for (int i = 0; i < 1000; i++) {
		try {
			rethrow(i % 40);
		} catch (const std::exception &) {
			caught++;
			after_catch();
		}
	}
	count_print();
	return caught == 1000 ? 0 : 1;
}
