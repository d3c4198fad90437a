// operator new that gets pages from malloc and hands out what lies behind a header of
// its own, which operator delete takes off again.
#include <cstdlib>
#include <new>

#include "count.h"

enum { PAGE = 4096, HEADER = 32 };

__attribute__((noipa)) void *operator new(size_t)
{
	char *page = static_cast<char *>(malloc(PAGE));
	return page + HEADER;
}

__attribute__((noipa)) void operator delete(void *block) noexcept
{
	free(static_cast<char *>(block) - HEADER);
}

__attribute__((noipa)) void operator delete(void *block, size_t) noexcept
{
	operator delete(block);
}

struct object {
	char bytes[100];
};

int main()
{
	object *kept[20];
	for (object *&o : kept) {
		o = new object;
		count_alloc(sizeof *o);
	}
	for (int i = 0; i < 15; i++) {
		delete kept[i];
		count_free(sizeof(object));
	}
	count_print();
	return 0;
}
