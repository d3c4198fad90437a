// An arena of the standard library, destroyed before the program ends, beside a
// vector that grows.
#include <memory_resource>
#include <vector>

__attribute__((noinline)) static int *next(std::pmr::monotonic_buffer_resource &arena)
{
    return static_cast<int *>(arena.allocate(sizeof(int)));
}

__attribute__((noinline)) static long in_arena()
{
    std::pmr::monotonic_buffer_resource arena;
    int *last = nullptr;
    for (int i = 0; i < 20000; i++)
        *(last = next(arena)) = i;
    return *last;
}

__attribute__((noinline)) static long in_vector()
{
    std::vector<int> all;
    for (int i = 0; i < 20000; i++)
        all.push_back(i);
    return all.back();
}

int main() { return in_arena() == in_vector() ? 0 : 1; }
