// Replaces operator new and delete: over malloc, or with -DPOOL over a pool of its
// own, where malloc has no part in it. Does its work through the standard
// library's containers, and counts every block in the operators.
#include <cstdlib>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "count.h"

#ifdef POOL
#include <sys/mman.h>
#endif

namespace {

// What is asked for stands before each block, for delete to count.
constexpr std::size_t header = 16;

#ifdef POOL
// Blocks of powers of two, freed ones used again.
struct Free {
	Free *next;
};
Free *free_blocks[40];
char *chunk, *chunk_end;

int class_of(std::size_t size)
{
	int c = 5;
	while (std::size_t(1) << c < size)
		c++;
	return c;
}

void *take(std::size_t size)
{
	int c = class_of(size);
	if (Free *first = free_blocks[c]) {
		free_blocks[c] = first->next;
		return first;
	}
	std::size_t room = std::size_t(1) << c;
	if (std::size_t(chunk_end - chunk) < room) {
		std::size_t mapped = room > (1 << 20) ? room : 1 << 20;
		void *p = mmap(nullptr, mapped, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
		if (p == MAP_FAILED)
			return nullptr;
		chunk = static_cast<char *>(p);
		chunk_end = chunk + mapped;
	}
	chunk += room;
	return chunk - room;
}

void give(void *p, std::size_t size)
{
	Free *block = static_cast<Free *>(p);
	int c = class_of(size);
	block->next = free_blocks[c];
	free_blocks[c] = block;
}
#else
void *take(std::size_t size) { return std::malloc(size); }
void give(void *p, std::size_t) { std::free(p); }
#endif

} // namespace

// As if they stood in another file: what is inlined has no entry.
#define ENTRY __attribute__((noipa))

// Counted as what new is asked for; malloc gets the header's bytes more.
ENTRY void *operator new(std::size_t size)
{
	char *p = static_cast<char *>(take(size + header));
	if (!p)
		throw std::bad_alloc();
	*reinterpret_cast<std::size_t *>(p) = size;
	count_alloc(size);
	return p + header;
}

ENTRY void operator delete(void *block) noexcept
{
	if (!block)
		return;
	char *p = static_cast<char *>(block) - header;
	std::size_t size = *reinterpret_cast<std::size_t *>(p);
	count_free(size);
	give(p, size + header);
}

ENTRY void operator delete(void *block, std::size_t) noexcept { operator delete(block); }
ENTRY void *operator new[](std::size_t size) { return operator new(size); }
ENTRY void operator delete[](void *block) noexcept { operator delete(block); }
ENTRY void operator delete[](void *block, std::size_t) noexcept { operator delete(block); }

namespace {

using Index = std::map<int, std::string>;

__attribute__((noinline)) std::unique_ptr<Index> make_index(int n)
{
	auto index = std::make_unique<Index>();
	for (int i = 0; i < n; i++)
		(*index)[i] = std::string(10 + i, 'x');
	return index;
}

__attribute__((noinline)) std::size_t fill_rows(int n)
{
	std::size_t sum = 0;
	std::vector<std::vector<int>> rows;
	for (int i = 0; i < n; i++) {
		rows.emplace_back();
		for (int j = 0; j < i; j++)
			rows.back().push_back(j);
		sum += rows.back().size();
	}
	return sum;
}

Index *volatile kept;

} // namespace

int main()
{
	kept = make_index(100).release();
	if (fill_rows(200) != 200 * 199 / 2)
		return 1;
	count_print();
}
