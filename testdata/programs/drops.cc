// Objects that own others, freed in ways of their own. It prints how many bytes each owns, as
// NAME=BYTES: what scrap deletes, but for the object itself, what leave drops at its end, what release frees without a destructor,
// and what discard frees of the buffers that make_buffer makes; kept is what it never frees of these.
// It frees mixed bytes, that new gave, by free.
#include <cstdio>
#include <cstdlib>
#include <map>
#include <string>
#include <vector>

namespace shop {

struct Part {
	std::string name;
	std::vector<int> numbers;
};

struct Assembly {
	std::vector<Part> parts;
	std::map<int, std::string> labels;

	explicit Assembly(int n)
	{
		for (int i = 0; i < n; i++) {
			parts.push_back({std::string(100, 'a'), std::vector<int>(50)});
			labels[i] = std::string(200, 'b');
		}
	}

	~Assembly(); // out of line, as those of large classes are
	size_t owned() const;
};

__attribute__((noinline)) Assembly::~Assembly() {}

size_t Assembly::owned() const
{
	size_t bytes = parts.capacity() * sizeof(Part);
	for (const Part &p : parts)
		bytes += p.name.capacity() + 1 + p.numbers.capacity() * sizeof(int);
	for (const auto &l : labels)
		bytes += 32 + sizeof l + l.second.capacity() + 1; // a node is four words and the pair
	return bytes;
}

} // namespace shop

static volatile int after; // what follows a free, so that it is no jump; differs, so that no two functions are one

__attribute__((noinline)) static void scrap(shop::Assembly *a)
{
	delete a;
	after = 1;
}

__attribute__((noinline)) static size_t leave()
{
	shop::Assembly a(20);
	return a.owned();
}

__attribute__((noinline)) static char *make_buffer()
{
	char *buffer = static_cast<char *>(malloc(300));
	after = 2;
	return buffer;
}

__attribute__((noinline)) static void discard(char *buffer)
{
	free(buffer);
	after = 3;
}

__attribute__((noinline)) static void release(char *text)
{
	free(text);
	after = 4;
}

__attribute__((noinline)) static void mix(int *p)
{
	free(p);
	after = 5;
}

char *volatile kept;

int main()
{
	auto *a = new shop::Assembly(30);
	size_t scrapped = a->owned();
	scrap(a);
	size_t left = leave();
	release(static_cast<char *>(calloc(1, 1000)));
	for (int i = 0; i < 10; i++) {
		char *buffer = make_buffer();
		if (i % 5 == 4)
			kept = buffer; // forgotten
		else
			discard(buffer);
	}
	int *numbers = new int[16];
	numbers[0] = static_cast<int>(scrapped);
	mix(numbers);
	printf("scrap=%zu leave=%zu release=1000 discard=2400 kept=600 mixed=64\n", scrapped, left);
	return 0;
}
