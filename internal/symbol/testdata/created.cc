// Functions that each make one object by new, of a type that is what the function is called
// after: created_test.go says which. None is called from outside, but for the linker all are.
#include <cstdlib>
#include <memory>
#include <new>
#include <string>
#include <unordered_map>
#include <vector>

#define MAKE extern "C" __attribute__((noinline))

namespace app {

struct Plain {
	int a, b;
	long c;
};

// Its constructor is a function, but for programs in one file it may be inlined.
struct Node {
	std::string name;
	int x;
	__attribute__((noinline)) Node(int);
};
Node::Node(int i) : name("a node with a name that is long"), x(i) {}

struct Inlined {
	std::string name;
	int x;
	Inlined(int i) : name("another name that is long"), x(i) {}
};

// At its beginning it has an object that a function constructs.
struct Wrapper {
	Node node;
	int extra;
	Wrapper(int i) : node(i), extra(4) {}
};

volatile int three = 3; // so that the constructor is called even where it is known

struct Base {
	__attribute__((noinline)) Base();
	virtual ~Base();
	int k;
};
Base::Base() : k(three) {}
Base::~Base() {}

// Of a class with virtual functions, whose base's constructor gets the block first.
struct Derived : Base {
	long q[4];
	Derived(int i) { q[0] = i; }
};

// Copied, it has its base's vtable first, then its base's members, in hundreds of instructions, and its own vtable last.
struct Sheet {
	std::unordered_map<int, std::string> cells;
	std::vector<int> a, b, c, d, e, f, g, h, i, j, k, l;
	virtual ~Sheet() {}
};
struct Book : Sheet {
	long pages = 0;
};

// It is as large as its base.
struct Alike : Base {
	Alike(int i) { k = i; }
	virtual int twice() { return 2 * k; }
};

// The same without virtual functions.
struct PlainBase {
	int z;
	__attribute__((noinline)) PlainBase(int);
};
PlainBase::PlainBase(int i) : z(i) {}

struct PlainDerived : PlainBase {
	long w;
	PlainDerived(int i) : PlainBase(i), w(9) {}
};

struct Owner {
	std::string s;
	__attribute__((noinline)) Owner();
	~Owner() { std::abort(); }
};
Owner::Owner() {}

template <typename T>
struct Box {
	T value;
	Box *next = nullptr;
	__attribute__((noinline)) explicit Box(T v) : value(v) {}
};

struct Own {
	int i;
	__attribute__((noinline)) Own(int);
	static void *operator new(std::size_t n) { return ::operator new(n); }
};
Own::Own(int i) : i(i) {}

// Its members get what is made.
struct Store {
	long used;
	struct {
		Plain *one;
		unsigned char *bytes;
	} parts;
	Plain **table;
};

// Some of a base without a constructor is larger than that.
struct Link {
	Link *next;
};
struct Entry : Link {
	long key;
};

} // namespace app

void *kept;
__attribute__((noinline)) int counted(const char *s) { return s[0]; }

MAKE void make_plain() { kept = new app::Plain; }
MAKE void make_node(int i) { kept = new app::Node(i); }
MAKE void make_node_of_condition(int i) { kept = new app::Node(i > 1 ? i : counted("x")); }
MAKE void make_inlined(int i) { kept = new app::Inlined(i); }
MAKE void make_wrapper(int i) { kept = new app::Wrapper(i); }
MAKE void make_base() { kept = new app::Base; }
MAKE void make_derived(int i) { kept = new app::Derived(i); }
MAKE void make_copy(const app::Book &b) { kept = new app::Book(b); }
MAKE void make_alike(int i) { kept = new app::Alike(i); }
MAKE void make_plain_base(int i) { kept = new app::PlainBase(i); }
MAKE void make_plain_derived(int i) { kept = new app::PlainDerived(i); }
MAKE void make_owners(int i) { kept = new app::Owner[static_cast<std::size_t>(i)]; }
MAKE void make_box(long i) { kept = new app::Box<long>(i); }
MAKE void make_nothrow(int i) { kept = new (std::nothrow) app::Node(i); }
MAKE void make_string() { kept = new std::string("a text that is longer than fifteen bytes"); }
MAKE app::Plain *make_returned()
{
	struct Guard {
		~Guard() { kept = nullptr; }
	} guard; // so that new is not called last
	return new app::Plain;
}
MAKE void make_variable()
{
	app::Plain *plain = new app::Plain;
	plain->a = counted("x");
	kept = plain;
}
MAKE void make_chars(std::size_t n)
{
	char *text = new char[n];
	text[0] = static_cast<char>(counted("x"));
	kept = text;
}
MAKE void make_member(app::Store *store) { store->parts.one = new app::Plain; }
MAKE void make_bytes(app::Store *store, std::size_t n) { store->parts.bytes = new unsigned char[n]; }
MAKE void make_table(app::Store *store, std::size_t n) { store->table = new app::Plain *[n]; }
MAKE void make_entry()
{
	app::Link *link = new app::Entry;
	link->next = nullptr;
	kept = link;
}
MAKE void make_ints(int i) { kept = new int[static_cast<std::size_t>(i)]; }
MAKE void make_raw(std::size_t n) { kept = ::operator new(n); }
MAKE void make_placed(void *p) { kept = new (p) app::Node(1); }

int main(int argc, char **)
{
	make_plain();
	make_node(argc);
	make_node_of_condition(argc);
	make_inlined(argc);
	make_wrapper(argc);
	make_base();
	make_derived(argc);
	make_copy(app::Book());
	make_alike(argc);
	make_plain_base(argc);
	make_plain_derived(argc);
	make_owners(argc);
	make_box(argc);
	make_nothrow(argc);
	make_string();
	kept = make_returned();
	make_variable();
	make_chars(10);
	app::Store store;
	make_member(&store);
	make_bytes(&store, 10);
	make_table(&store, 10);
	make_entry();
	make_ints(argc);
	make_raw(10);
	make_placed(kept);
}
