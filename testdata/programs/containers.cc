// C++ containers, their code inlined from the library's headers when built with
// -O2: vector, string, map, unordered_map, list, deque, set, unique_ptr and
// shared_ptr, std::function, a template, a lambda, a stable_sort with its
// buffer, new[] of a class with a destructor, aligned new and nothrow new. What
// a container takes is the library's to know, so this program prints no counts.
#include <algorithm>
#include <deque>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <new>
#include <set>
#include <string>
#include <unordered_map>
#include <vector>

namespace shop {

struct Item {
	std::string name;
	std::vector<int> prices;
	explicit Item(int i) : name("an item with a long name, number " + std::to_string(i))
	{
		for (int j = 0; j < i % 7; j++)
			prices.push_back(i * j);
	}
};

class Stock {
public:
	void add(int i)
	{
		items.push_back(std::make_unique<Item>(i));
		by_name[items.back()->name] = i;
		names.insert(items.back()->name);
	}
	void drop_half()
	{
		for (size_t i = 0; i < items.size(); i += 2) {
			by_name.erase(items[i]->name);
			items[i].reset();
		}
	}

private:
	std::vector<std::unique_ptr<Item>> items;
	std::unordered_map<std::string, int> by_name;
	std::set<std::string> names;
};

template <typename Container>
Container fill(int n)
{
	Container c;
	for (int i = 0; i < n; i++)
		c.push_back(i);
	return c;
}

} // namespace shop

struct alignas(64) Wide {
	char bytes[192];
};

struct Guarded {
	int *p = new int(7);
	~Guarded() { delete p; }
};

static shop::Stock *stock;

static int apply(const std::function<int(int)> &f)
{
	int sum = 0;
	for (int i = 0; i < 3; i++)
		sum += f(i);
	return sum;
}

int main()
{
	stock = new shop::Stock;
	for (int i = 0; i < 40; i++)
		stock->add(i);
	stock->drop_half();

	auto list = shop::fill<std::list<int>>(10);
	auto deque = shop::fill<std::deque<long>>(200);
	auto vector = shop::fill<std::vector<short>>(100);

	std::map<int, std::shared_ptr<std::string>> shared;
	for (int i = 0; i < 10; i++)
		shared[i] = std::make_shared<std::string>(100 + i, 'x');

	std::vector<int> to_sort(500);
	for (size_t i = 0; i < to_sort.size(); i++)
		to_sort[i] = static_cast<int>(i * 7919 % 500);
	std::stable_sort(to_sort.begin(), to_sort.end());

	std::string text;
	for (int i = 0; i < 300; i++)
		text += "grow";

	int a = 1, b = 2, c = 3, d = 4, e = 5;
	int sum = apply([=](int i) {
		std::vector<int> v(static_cast<size_t>(a + b + c + d + e + i));
		return static_cast<int>(v.size());
	});

	delete[] new Guarded[5];
	delete new Wide;
	char *raw = new (std::nothrow) char[123];
	delete[] raw;
	return sum == 48 ? 0 : 1;
}
