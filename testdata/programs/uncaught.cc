// Makes a vector of as many numbers as the argument says, and catches nothing.
#include <cstdio>
#include <cstdlib>
#include <vector>

__attribute__((noinline)) static std::size_t fill(std::size_t numbers)
{
	std::vector<long> all;
	all.reserve(numbers);
	return all.capacity();
}

int main(int argc, char **argv)
{
	if (argc > 1) printf("%zu\n", fill(std::strtoull(argv[1], nullptr, 0)));
	return 0;
}
