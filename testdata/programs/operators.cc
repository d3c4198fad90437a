// Every form of operator new and delete: plain, array, nothrow, aligned, sized.
// An allocator such as jemalloc or tcmalloc brings its own, which do not go by
// malloc. With an argument, requests that cannot be met as well, which throw or
// answer null. Counts every block.
#include <new>

#include "count.h"

namespace {

constexpr std::align_val_t alignment{64};

// Calls, not expressions: a compiler may leave out a new whose delete it sees.
void *plain(std::size_t size) { return ::operator new(size); }
void *array(std::size_t size) { return ::operator new[](size); }
void *quiet(std::size_t size) { return ::operator new(size, std::nothrow); }
void *quiet_array(std::size_t size) { return ::operator new[](size, std::nothrow); }
void *aligned(std::size_t size) { return ::operator new(size, alignment); }
void *aligned_array(std::size_t size) { return ::operator new[](size, alignment); }
void *aligned_quiet(std::size_t size) { return ::operator new(size, alignment, std::nothrow); }
void *aligned_quiet_array(std::size_t size) { return ::operator new[](size, alignment, std::nothrow); }

void drop(void *p, std::size_t) { ::operator delete(p); }
void drop_array(void *p, std::size_t) { ::operator delete[](p); }
void drop_quiet(void *p, std::size_t) { ::operator delete(p, std::nothrow); }
void drop_quiet_array(void *p, std::size_t) { ::operator delete[](p, std::nothrow); }
void drop_sized(void *p, std::size_t size) { ::operator delete(p, size); }
void drop_sized_array(void *p, std::size_t size) { ::operator delete[](p, size); }
void drop_aligned(void *p, std::size_t) { ::operator delete(p, alignment); }
void drop_aligned_array(void *p, std::size_t) { ::operator delete[](p, alignment); }
void drop_aligned_sized(void *p, std::size_t size) { ::operator delete(p, size, alignment); }
void drop_aligned_sized_array(void *p, std::size_t size) { ::operator delete[](p, size, alignment); }
void drop_aligned_quiet(void *p, std::size_t) { ::operator delete(p, alignment, std::nothrow); }
void drop_aligned_quiet_array(void *p, std::size_t) { ::operator delete[](p, alignment, std::nothrow); }

struct Pair {
	void *(*make)(std::size_t);
	void (*drop)(void *, std::size_t);
};

constexpr Pair pairs[] = {
	{plain, drop},
	{plain, drop_sized},
	{array, drop_array},
	{array, drop_sized_array},
	{quiet, drop_quiet},
	{quiet, drop},
	{quiet_array, drop_quiet_array},
	{aligned, drop_aligned},
	{aligned, drop_aligned_sized},
	{aligned_array, drop_aligned_array},
	{aligned_array, drop_aligned_sized_array},
	{aligned_quiet, drop_aligned_quiet},
	{aligned_quiet_array, drop_aligned_quiet_array},
};

} // namespace

int main(int argc, char **)
{
	for (int round = 0; round < 20; round++) {
		for (const Pair &p : pairs) {
			std::size_t size = 64 * (round + 1);
			void *gone = p.make(size);
			count_alloc(size);
			if (!p.make(size))
				return 1;
			count_alloc(size);
			p.drop(gone, size);
			count_free(size);
		}
	}
	if (argc > 1) {
		if (::operator new(std::size_t(1) << 62, std::nothrow))
			return 2;
		try {
			::operator delete(::operator new(std::size_t(1) << 62));
			return 3;
		} catch (const std::bad_alloc &) {
		}
	}
	count_print();
}
