// Variables of every kind that a program of C++ can hold its blocks by: of the program, of namespaces with and
// without a name, of classes and templates, of functions, of threads; parameters and variables of functions that are called,
// inlined and nested in blocks, whole and in parts. stop is called where debuggers are to look.
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <link.h>
#include <map>
#include <string>
#include <utility>
#include <vector>

struct Order {
	int number;
	virtual int total() { return number; }
	virtual ~Order() {}
};

struct Named {
	const char *name = "named";
	virtual const char *called() { return name; }
	virtual ~Named() {}
};

struct Express : Order, Named {
	long due = 7;
	int total() override { return number * 2; }
	const char *called() override { return "express"; }
};

struct Base {
	long base = 1;
	virtual long get() { return base; }
	virtual ~Base() {}
};
struct Left : virtual Base {
	long left = 2;
	long get() override { return left; }
};
struct Right : virtual Base {
	long right = 3;
};
struct Both : Left, Right {
	long get() override { return base + left + right; }
};

std::vector<Order *> g_orders;
std::map<std::string, std::vector<int>> g_index;
Order *g_list[4];
int (*g_function)(const char *, long);
static char *s_text;

namespace app {
struct Cache {
	std::vector<char *> pages;
	static Cache *instance;
	static Cache &shared()
	{
		static Cache cache;
		return cache;
	}
};
Cache *Cache::instance;
Cache cache;
namespace {
std::string hidden = "hidden away where nobody looks";
}
template <class T> struct Pool {
	static std::vector<T> all;
};
template <class T> std::vector<T> Pool<T>::all;
template struct Pool<Order>;
const char *peek() { return hidden.c_str(); }
namespace {
struct Private : Order {
	int total() override { return 3; }
};
} // namespace
Order *secret() { return new Private; }
} // namespace app

thread_local std::vector<int> t_scratch;
static thread_local char *t_text;

extern "C" __attribute__((noinline)) void stop(const void *what) { asm volatile("" : : "r"(what) : "memory"); }

static char *next_word()
{
	static int counter;
	static char *word = strdup("word");
	word[0] = char('a' + counter++ % 26);
	return word;
}

struct Pair {
	char *first;
	long second;
};

static inline __attribute__((always_inline)) long weigh(Pair pair, const char *label)
{
	long weight = pair.second;
	{
		long inner = weight * 3;
		stop(&pair);
		weight += inner;
	}
	stop(label);
	return weight;
}

__attribute__((noinline)) long measure(std::string by_value, const std::vector<int> &by_reference, Pair pair, long many)
{
	char buffer[64];
	snprintf(buffer, sizeof buffer, "%s %zu", by_value.c_str(), by_reference.size());
	long sum = 0;
	for (long i = 0; i < many; i++) {
		char *each = next_word();
		sum += each[0];
		if (i == 2) {
			long early = sum;
			stop(each);
			sum += early;
		}
	}
	sum += weigh(pair, buffer);
	return sum;
}

__attribute__((noinline)) int count(int depth, const char *name)
{
	char *mine = strdup(name);
	int below = depth > 0 ? count(depth - 1, mine) : 0;
	if (depth == 0)
		stop(mine);
	free(mine);
	return below + depth;
}

// The file's own addresses of the tables of virtual functions that objects, and their bases, begin with.
static uintptr_t table(const void *object)
{
	uintptr_t bias = 0;
	dl_iterate_phdr([](dl_phdr_info *program, size_t, void *to) { *static_cast<uintptr_t *>(to) = program->dlpi_addr; return 1; }, &bias);
	return *static_cast<const uintptr_t *>(object) - bias;
}

static int print_tables()
{
	Express express;
	Both both;
	printf("{\"Order\": [\"%#lx\"], \"Express\": [\"%#lx\", \"%#lx\"], \"Base\": [\"%#lx\"], \"Both\": [\"%#lx\", \"%#lx\", \"%#lx\"], "
	       "\"app::(anonymous namespace)::Private\": [\"%#lx\"]}\n",
	       table(new Order), table(&express), table(static_cast<Named *>(&express)), table(new Base), table(&both),
	       table(static_cast<Right *>(&both)), table(static_cast<Base *>(&both)), table(app::secret()));
	return 0;
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return print_tables();
	auto order = new Express;
	order->number = argc;
	g_orders.push_back(order);
	g_list[1] = new Order;
	g_index[argv[0]] = {1, 2, 3};
	s_text = strdup("text");
	t_text = strdup("thread's");
	t_scratch = {1, 2};
	app::Cache::instance = &app::Cache::shared();
	app::Cache::instance->pages.push_back(s_text);
	app::Pool<Order>::all.resize(2);
	std::map<int, std::string> local = {{1, "one"}, {2, "two"}};
	Both both;
	long sum = measure("a string that is long enough to be a block of its own", {1, 2, 3}, {s_text, 5}, argc + 4);
	sum += count(3, "counted") + both.get() + app::peek()[0] + order->total();
	auto closure = [&local, sum](int by) {
		std::string made(by, 'x');
		stop(&made);
		return long(local.size()) + sum + by;
	};
	printf("%ld\n", closure(40));
	return 0;
}
