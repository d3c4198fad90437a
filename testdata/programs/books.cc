/* operator new and delete that keep books of the live blocks in a std::map, whose nodes
 * come by them, too. Counts every block, those of the books by the map's own size. */
#include <cstdlib>
#include <map>
#include <new>

#include "count.h"

enum { BLOCKS = 1000, FREED = 600, SIZE = 24 };

static std::map<void *, std::size_t> *books;
static bool booking;

__attribute__((noipa)) void *operator new(std::size_t size)
{
	void *block = std::malloc(size);
	if (!block)
		throw std::bad_alloc();
	count_alloc(size);
	if (books && !booking) {
		booking = true;
		books->emplace(block, size);
		booking = false;
	}
	return block;
}

__attribute__((noipa)) void operator delete(void *block, std::size_t size) noexcept
{
	if (books && !booking) {
		booking = true;
		books->erase(block);
		booking = false;
	}
	count_free(size);
	std::free(block);
}

__attribute__((noipa)) void operator delete(void *block) noexcept { operator delete(block, SIZE); }

struct object {
	char bytes[SIZE];
};

int main()
{
	static object *objects[BLOCKS];
	static std::map<void *, std::size_t> map;
	books = &map;
	for (object *&o : objects)
		o = new object;
	for (int i = 0; i < FREED; i++)
		delete objects[i];
	booking = true;
	map.clear(); /* the books are closed outside of operator new and delete */
	count_print();
	return 0;
}
