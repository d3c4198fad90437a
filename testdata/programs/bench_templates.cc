// Nothing to run: a file that keeps a C++ compiler busy with templates, its own
// and the standard library's. SIZE says how much of them; 0: only a few of its own.
#ifndef SIZE
#define SIZE 6
#endif

template <int N>
struct Count {
	Count<N - 1> inner;
	template <typename T>
	T add(T t) const { return inner.add(t) + N; }
};

template <>
struct Count<0> {
	template <typename T>
	T add(T t) const { return t; }
};

long count() { return Count<20 * SIZE + 50>{}.add(1) + Count<20>{}.add(1L); }

#if SIZE > 0
#include <algorithm>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <tuple>
#include <unordered_map>
#include <variant>
#include <vector>

template <int N>
struct Node {
	using Key = std::tuple<std::integral_constant<int, N>, int, std::string>;
	std::map<int, std::vector<std::unique_ptr<Node<N - 1>>>> children;
	std::variant<int, std::string, std::integral_constant<int, N>> value;

	template <typename F>
	int visit(F f) const
	{
		int sum = std::visit([](const auto &v) { return static_cast<int>(sizeof v); }, value);
		for (const auto &[key, list] : children)
			for (const auto &child : list)
				sum += f(key) + child->visit([f](int k) { return f(k + N); });
		return sum;
	}
};

template <>
struct Node<0> {
	template <typename F>
	int visit(F f) const { return f(0); }
};

template <std::size_t... I>
int sorted(std::index_sequence<I...>)
{
	std::vector<std::function<int(int)>> all{[](int x) { return x + static_cast<int>(I); }...};
	std::stable_sort(all.begin(), all.end(), [](const auto &a, const auto &b) { return a(1) < b(1); });
	return all.front()(2);
}

int use()
{
	Node<SIZE> root;
	std::unordered_map<std::string, std::shared_ptr<Node<SIZE>>> named;
	return root.visit([&](int k) { return k + static_cast<int>(named.size()); }) +
		sorted(std::make_index_sequence<SIZE>{});
}
#endif
