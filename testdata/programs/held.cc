// Who holds which block when exit is called: containers of known sizes, blocks that are lost
// in many ways, and blocks that only look lost. Lost blocks are made by functions named
// leak_…, what looks lost by hold_…, and what a container holds by fill_….
//
// Built with -DCOUNT it prints instead how many bytes and blocks each of these has, by a counting
// operator new: NAME_bytes=… NAME_blocks=…, NAME being the variable or the function. Such a program's blocks
// are larger, so that it is not the one to look at. An argument is the path of held_plugin.c's library.
#include <any>
#include <atomic>
#include <csetjmp>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <deque>
#include <forward_list>
#include <functional>
#include <list>
#include <map>
#include <memory>
#include <optional>
#include <queue>
#include <set>
#include <string>
#include <unordered_map>
#include <variant>
#include <vector>

#include <dlfcn.h>
#include <pthread.h>
#include <semaphore.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <ucontext.h>
#include <unistd.h>

#define NOINLINE __attribute__((noinline, noclone))

// The compiler may not leave out a block that something has seen.
template <typename T> T *seen(T *p)
{
	asm volatile("" : "+r"(p) : : "memory");
	return p;
}

#ifdef COUNT
namespace {

struct Account {
	const char *name;
	std::size_t bytes, blocks;
};

Account accounts[128];
thread_local Account *charged; // null: nobody's

// Before each block stands who pays for it.
struct alignas(16) Header {
	Account *account;
	std::size_t size;
};

void *charge(std::size_t size)
{
	auto *h = static_cast<Header *>(std::malloc(sizeof(Header) + size));
	h->account = charged;
	h->size = size;
	if (charged) {
		__atomic_fetch_add(&charged->bytes, size, __ATOMIC_RELAXED);
		__atomic_fetch_add(&charged->blocks, 1, __ATOMIC_RELAXED);
	}
	return h + 1;
}

void discharge(void *p)
{
	if (!p)
		return;
	Header *h = static_cast<Header *>(p) - 1;
	if (h->account) {
		__atomic_fetch_sub(&h->account->bytes, h->size, __ATOMIC_RELAXED);
		__atomic_fetch_sub(&h->account->blocks, 1, __ATOMIC_RELAXED);
	}
	std::free(h);
}

// In its scope all blocks go to the account of that name. The accounts are all opened by main's
// thread, or while it waits.
class Charge {
public:
	explicit Charge(const char *name) : before(charged)
	{
		Account *a = accounts;
		while (a->name && std::strcmp(a->name, name))
			a++;
		a->name = name;
		charged = a;
	}
	~Charge() { charged = before; }

private:
	Account *before;
};

void print_accounts()
{
	for (Account *a = accounts; a->name; a++)
		std::printf("%s_bytes=%zu %s_blocks=%zu\n", a->name, a->bytes, a->name, a->blocks);
	std::fflush(stdout);
}

} // namespace

void *operator new(std::size_t size) { return charge(size); }
void *operator new[](std::size_t size) { return charge(size); }
void operator delete(void *p) noexcept { discharge(p); }
void operator delete[](void *p) noexcept { discharge(p); }
void operator delete(void *p, std::size_t) noexcept { discharge(p); }
void operator delete[](void *p, std::size_t) noexcept { discharge(p); }

#define block(size) charge(size)
#define block_free(p) discharge(p)
#define CHARGE(name) Charge charge_here(name)
#else
#define block(size) seen(std::malloc(size))
#define block_free(p) std::free(p)
#define CHARGE(name)
#endif

struct Node {
	Node *next = nullptr, *other = nullptr;
	long payload[3] = {};

	Node() { seen(this); }
};

struct Vertex {
	std::vector<std::shared_ptr<Vertex>> edges;
	std::string name;
};

struct Branch {
	std::unique_ptr<Branch> left, right;
	std::unique_ptr<std::string> label;
};

// --- containers, each held by one variable. Nothing is taken out of those that leave the pointer in
// their memory then: it holds whatever block is there next.

std::vector<int> g_numbers;
std::vector<std::string> g_words;
std::list<long> g_list;
std::deque<double> g_deque;
std::map<int, std::string> g_map;
std::unordered_map<std::string, std::vector<int>> g_index;
std::set<long> g_set;
std::vector<std::shared_ptr<Vertex>> g_graph;
std::unique_ptr<Branch> g_tree;
std::vector<std::vector<std::unique_ptr<Node>>> g_grid;
std::list<std::map<int, std::unique_ptr<std::list<int>>>> g_nested;
std::vector<Node *> g_pointers; // more than 128 KiB of them: a mapping of its own with glibc
thread_local std::vector<std::string> t_cache;

// Held by both.
std::shared_ptr<Vertex> g_first, g_second;

std::string long_word(int i) { return "a word that is too long for the string itself, number " + std::to_string(i); }

NOINLINE void fill_numbers()
{
	CHARGE("g_numbers");
	for (int i = 0; i < 20000; i++)
		g_numbers.push_back(i);
}

NOINLINE void fill_words()
{
	CHARGE("g_words");
	for (int i = 0; i < 3000; i++)
		g_words.push_back(i % 3 ? long_word(i) : "short"); // a short one points to itself
}

NOINLINE void fill_list()
{
	CHARGE("g_list");
	for (int i = 0; i < 3000; i++)
		g_list.push_back(i);
}

NOINLINE void fill_deque()
{
	CHARGE("g_deque");
	std::deque<double> made; // g_deque has blocks already, which nobody has counted
	for (int i = 0; i < 20000; i++)
		made.push_back(i);
	g_deque.swap(made);
}

NOINLINE void fill_map()
{
	CHARGE("g_map");
	for (int i = 0; i < 4000; i++)
		g_map[i] = long_word(i);
	for (int i = 0; i < 4000; i += 4)
		g_map.erase(i);
}

NOINLINE void fill_index()
{
	CHARGE("g_index");
	for (int i = 0; i < 4000; i++) {
		auto &postings = g_index[long_word(i)];
		for (int j = 0; j < i % 20; j++)
			postings.push_back(j);
	}
}

NOINLINE void fill_set()
{
	CHARGE("g_set");
	for (long i = 0; i < 5000; i++)
		g_set.insert(i * 7919 % 5003);
}

// Edges forward only: no cycle.
NOINLINE void fill_graph()
{
	CHARGE("g_graph");
	for (int i = 0; i < 1000; i++) {
		auto v = std::make_shared<Vertex>();
		v->name = long_word(i);
		for (int j = 1; j <= 3 && j <= i; j++)
			g_graph[i - j]->edges.push_back(v);
		g_graph.push_back(v);
	}
}

NOINLINE void fill_tree()
{
	CHARGE("g_tree");
	std::vector<std::unique_ptr<Branch> *> missing{&g_tree};
	for (std::size_t i = 0; i < 2047; i++) {
		std::unique_ptr<Branch> &b = *missing[i];
		b = std::make_unique<Branch>();
		b->label = std::make_unique<std::string>(long_word(i));
		missing.push_back(&b->left);
		missing.push_back(&b->right);
	}
}

NOINLINE void fill_grid()
{
	CHARGE("g_grid");
	g_grid.resize(100);
	for (auto &row : g_grid)
		for (int i = 0; i < 60; i++)
			row.push_back(std::make_unique<Node>());
}

NOINLINE void fill_nested()
{
	CHARGE("g_nested");
	for (int i = 0; i < 50; i++) {
		g_nested.emplace_back();
		for (int j = 0; j < 20; j++)
			g_nested.back()[j] = std::make_unique<std::list<int>>(5, j);
	}
}

NOINLINE void fill_pointers()
{
	CHARGE("g_pointers");
	g_pointers.reserve(20000);
	for (int i = 0; i < 3000; i++)
		g_pointers.push_back(new Node);
}

NOINLINE void fill_cache()
{
	CHARGE("t_cache");
	for (int i = 0; i < 300; i++)
		t_cache.push_back(long_word(i));
}

NOINLINE void fill_both()
{
	CHARGE("shared");
	g_first = std::make_shared<Vertex>();
	g_first->name = long_word(0);
	for (int i = 0; i < 100; i++)
		g_first->edges.push_back(std::make_shared<Vertex>());
	g_second = g_first;
}

NOINLINE void fill_forward(std::forward_list<std::string> &list)
{
	CHARGE("l_forward");
	for (int i = 0; i < 500; i++)
		list.push_front(long_word(i));
}

NOINLINE void fill_queue(std::priority_queue<std::pair<int, std::string>> &queue)
{
	CHARGE("l_queue");
	for (int i = 0; i < 1000; i++)
		queue.emplace(i * 31 % 1009, long_word(i));
}

using Various = std::vector<std::variant<int, std::string, std::vector<std::any>, std::optional<std::vector<int>>>>;

NOINLINE void fill_various(Various &various)
{
	CHARGE("l_various");
	for (int i = 0; i < 400; i++) {
		various.emplace_back(i);
		various.emplace_back(long_word(i));
		various.emplace_back(std::vector<std::any>{1, long_word(i), std::vector<int>(5)});
		various.emplace_back(std::optional<std::vector<int>>(std::vector<int>(i)));
	}
}

NOINLINE void fill_text(std::string &text)
{
	CHARGE("l_text");
	for (int i = 0; i < 1000; i++)
		text += "more of it; ";
}

NOINLINE void fill_call(std::function<std::size_t()> &call)
{
	CHARGE("l_call");
	std::vector<std::string> words(20, long_word(0));
	call = [words] { return words.size(); };
}

// --- lost blocks

// Where the pointer to the latest block goes, in vain.
Node *g_latest;
void *g_reused;
std::vector<std::vector<long>> g_bounds;

NOINLINE void leak_dropped()
{
	CHARGE("leak_dropped");
	for (int i = 0; i < 500; i++) {
		Node *volatile lost = new Node;
		lost = nullptr;
	}
}

NOINLINE void leak_overwritten()
{
	CHARGE("leak_overwritten");
	for (int i = 0; i < 500; i++)
		g_latest = static_cast<Node *>(block(sizeof(Node)));
	g_latest = nullptr;
}

NOINLINE void leak_elements()
{
	CHARGE("leak_elements");
	auto *elements = new std::vector<Node *>;
	for (int i = 0; i < 1000; i++)
		elements->push_back(new Node);
	delete elements;
}

NOINLINE void leak_pairs()
{
	CHARGE("leak_pairs");
	for (int i = 0; i < 200; i++) {
		Node *a = new Node, *b = new Node;
		a->next = b;
		b->next = a;
	}
}

NOINLINE void leak_ring()
{
	CHARGE("leak_ring");
	Node *first = new Node, *last = first;
	for (int i = 1; i < 1000; i++)
		last = last->next = new Node;
	last->next = first;
}

NOINLINE void leak_itself()
{
	CHARGE("leak_itself");
	for (int i = 0; i < 300; i++) {
		Node *n = new Node;
		n->next = n;
	}
}

NOINLINE void leak_list()
{
	CHARGE("leak_list");
	Node *head = nullptr;
	for (int i = 0; i < 1000; i++) {
		Node *n = new Node;
		n->next = head;
		head = n;
	}
}

// Neighbours know each other, as in lists of all objects that some libraries keep.
NOINLINE void leak_chain()
{
	CHARGE("leak_chain");
	Node *last = nullptr;
	for (int i = 0; i < 300; i++) {
		Node *n = new Node;
		n->other = last;
		if (last)
			last->next = n;
		last = n;
	}
}

NOINLINE void thrower()
{
	for (Node *mine = new Node;;)
		throw std::bad_function_call();
}

NOINLINE void leak_thrown()
{
	CHARGE("leak_thrown");
	for (int i = 0; i < 200; i++) {
		try {
			thrower();
		} catch (const std::exception &) {
		}
	}
}

NOINLINE void jumper(jmp_buf out)
{
	void *volatile mine = block(48);
	std::longjmp(out, mine ? 1 : 2);
}

NOINLINE void leak_jumped()
{
	CHARGE("leak_jumped");
	for (volatile int i = 0; i < 200; i = i + 1) {
		jmp_buf out;
		if (!setjmp(out))
			jumper(out);
	}
}

// The block that had the pointers lives again, and nobody has written to it since.
NOINLINE void leak_reused()
{
	CHARGE("leak_reused");
	void **had = static_cast<void **>(block(1000));
	for (int i = 0; i < 1000 / 8; i++)
		had[i] = block(56);
	block_free(had);
}

NOINLINE void hold_reused()
{
	CHARGE("hold_reused");
	g_reused = block(1000);
}

NOINLINE void leak_erased()
{
	CHARGE("leak_erased");
	std::map<int, Node *> nodes;
	for (int i = 0; i < 500; i++)
		nodes[i] = new Node;
	while (!nodes.empty())
		nodes.erase(nodes.begin());
}

NOINLINE void leak_shared()
{
	CHARGE("leak_shared");
	for (int i = 0; i < 300; i++) {
		auto a = std::make_shared<Vertex>(), b = std::make_shared<Vertex>();
		a->edges.push_back(b);
		b->edges.push_back(a);
	}
}

NOINLINE void leak_string()
{
	CHARGE("leak_string");
	for (int i = 0; i < 100; i++)
		seen(new std::string(i % 2 ? long_word(i) : "short"));
}

NOINLINE void fill_bounds(int i)
{
	CHARGE("g_bounds");
	g_bounds.reserve(200);
	g_bounds.emplace_back(std::size_t(4 << i % 4), i);
}

NOINLINE void lose_behind(int i)
{
	CHARGE("leak_behind");
	void *volatile lost = block(32 << i % 4);
	lost = nullptr;
}

// Each behind a block of the same size to whose end something points.
NOINLINE void leak_behind()
{
	for (int i = 0; i < 200; i++) {
		fill_bounds(i);
		lose_behind(i);
	}
}

thread_local void *t_lost;
pthread_key_t lost_key;

// What a thread's own variables held is lost when the thread is no more, though its stack may
// be kept for another one.
NOINLINE void *leak_with_thread(void *)
{
	CHARGE("leak_with_thread");
	t_lost = block(200);
	pthread_setspecific(lost_key, block(300));
	void *volatile on_the_stack = block(400);
	return on_the_stack ? nullptr : t_lost;
}

// --- blocks that only look lost

char *g_block, *g_inside, *g_end;
thread_local char *t_block, *t_other;

struct Base {
	virtual ~Base() = default;
	long first = 0;
};
struct Second {
	virtual ~Second() = default;
	long second = 0;
};
struct Both : Base, Second {};

Second *g_second_base;

NOINLINE char *hold_block(std::size_t size)
{
	CHARGE("hold_block");
	return static_cast<char *>(block(size));
}

NOINLINE char *hold_static()
{
	CHARGE("hold_static");
	static char *s_block = static_cast<char *>(block(1000));
	return s_block;
}

// Destroyed before leak checkers look, which then find its elements lost.
NOINLINE void hold_registry()
{
	CHARGE("hold_registry");
	static std::vector<Node *> s_registry;
	for (int i = 0; i < 300; i++)
		s_registry.push_back(new Node);
}

NOINLINE void hold_inside()
{
	CHARGE("hold_inside");
	g_inside = static_cast<char *>(block(1000)) + 500;
	g_second_base = seen(new Both);
}

NOINLINE void hold_end()
{
	CHARGE("hold_end");
	g_end = static_cast<char *>(block(1024)) + 1024;
}

// Tables in mappings that the program makes itself: one that can be written, one that is shared and one
// that cannot be written any more.
NOINLINE void hold_mapped()
{
	CHARGE("hold_mapped");
	for (int i = 0; i < 3; i++) {
		int flags = i == 1 ? MAP_SHARED : MAP_PRIVATE;
		void *map = mmap(nullptr, 1 << 16, PROT_READ | PROT_WRITE, flags | MAP_ANONYMOUS, -1, 0);
		void **table = static_cast<void **>(map);
		for (int j = 0; j < 100; j++)
			table[j * 50] = block(100);
		if (i == 2)
			mprotect(map, 1 << 16, PROT_READ);
	}
}

NOINLINE void hold_key()
{
	CHARGE("hold_key");
	pthread_key_t keys[40]; // the later ones of them are in a block of the C library's
	for (pthread_key_t &key : keys) {
		pthread_key_create(&key, nullptr);
		pthread_setspecific(key, block(120));
	}
}

NOINLINE void hold_environment()
{
	CHARGE("hold_environment");
	char *name = static_cast<char *>(block(40));
	std::strcpy(name, "HELD_BY_THE_ENVIRONMENT=1");
	putenv(name);
}

NOINLINE void hold_handler()
{
	CHARGE("hold_handler");
	on_exit([](int, void *) {}, block(60));
	at_quick_exit([] {});
}

NOINLINE void hold_plugin(const char *path)
{
	CHARGE("hold_plugin");
	void *library = dlopen(path, RTLD_NOW);
	if (!library) {
		std::fprintf(stderr, "%s\n", dlerror());
		_exit(99);
	}
	auto keep = reinterpret_cast<void (*)(void *)>(dlsym(library, "plugin_keep"));
	keep(block(600));
}

// Coroutines that are left for good half way: one's stack is a block, the other's a mapping.
ucontext_t *g_main_context;
ucontext_t *g_contexts[2];

void *g_handed;

// Makes no block itself: what malloc would leave on this stack is not told from what the coroutine has there.
NOINLINE void suspended(int i)
{
	void *volatile local = g_handed;
	g_handed = nullptr;
	swapcontext(g_contexts[i], g_main_context);
	_exit(local ? 98 : 97);
}

NOINLINE void hold_context()
{
	CHARGE("hold_context");
	std::size_t size = 1 << 16;
	g_main_context = static_cast<ucontext_t *>(block(sizeof *g_main_context));
	for (int i = 0; i < 2; i++) {
		g_contexts[i] = static_cast<ucontext_t *>(block(sizeof *g_contexts[i]));
		getcontext(g_contexts[i]);
		g_contexts[i]->uc_stack.ss_size = size;
		g_contexts[i]->uc_stack.ss_sp =
			i ? mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) : block(size);
		g_contexts[i]->uc_link = nullptr;
		g_handed = block(800);
		makecontext(g_contexts[i], reinterpret_cast<void (*)()>(suspended), 1, i);
		swapcontext(g_main_context, g_contexts[i]);
	}
}

// --- threads that wait, with blocks of theirs

sem_t ready;

[[noreturn]] void wait_forever()
{
	sem_post(&ready);
	for (;;)
		pause();
}

NOINLINE void *hold_other(void *)
{
	pthread_setname_np(pthread_self(), "keeper");
	{
		CHARGE("hold_other");
		t_other = static_cast<char *>(block(700));
	}
	wait_forever();
}

NOINLINE void *hold_exception(void *)
{
	pthread_setname_np(pthread_self(), "catcher");
	CHARGE("hold_exception");
	try {
		throw long_word(1);
	} catch (std::string &) {
#ifdef COUNT
		charged = nullptr;
#endif
		wait_forever();
	}
}

// The only pointer is in a register that calls preserve.
NOINLINE void *hold_register(void *)
{
	pthread_setname_np(pthread_self(), "register");
#if defined(__x86_64__)
	register void *held asm("r12");
	{
		CHARGE("hold_register");
		held = block(900);
	}
	sem_post(&ready);
	for (;;)
		asm volatile("mov %0, %%eax\n\tsyscall" : : "i"(SYS_pause), "r"(held) : "rax", "rcx", "r11", "memory");
#else
	wait_forever();
#endif
}

NOINLINE void start(void *(*body)(void *), bool waits)
{
	pthread_t thread;
	if (pthread_create(&thread, nullptr, body, nullptr))
		_exit(96);
	if (waits)
		while (sem_wait(&ready))
			;
	else
		pthread_join(thread, nullptr);
}

// Runs f where the stack is deep: what it leaves there is not in frames that live later.
NOINLINE void in_depth(void (*f)())
{
	volatile char space[1 << 18];
	space[0] = space[sizeof space - 1] = 1;
	f();
	space[0] = 2;
}

NOINLINE void leak_all()
{
	leak_dropped();
	leak_overwritten();
	leak_elements();
	leak_pairs();
	leak_ring();
	leak_itself();
	leak_list();
	leak_chain();
	leak_thrown();
	leak_jumped();
	leak_reused();
	hold_reused();
	leak_erased();
	leak_shared();
	leak_string();
	leak_behind();
	pthread_key_create(&lost_key, nullptr);
	for (int i = 0; i < 8; i++)
		start(leak_with_thread, false);
}

NOINLINE void fill_all()
{
	fill_numbers();
	fill_words();
	fill_list();
	fill_deque();
	fill_map();
	fill_index();
	fill_set();
	fill_graph();
	fill_tree();
	fill_grid();
	fill_nested();
	fill_pointers();
	fill_cache();
	fill_both();
}

NOINLINE void hold_all()
{
	g_block = hold_block(2000);
	t_block = hold_block(2000);
	hold_static();
	hold_registry();
	hold_inside();
	hold_end();
	hold_mapped();
	hold_key();
	hold_environment();
	hold_handler();
	hold_context();
	start(hold_other, true);
	start(hold_exception, true);
	start(hold_register, true);
}

int main(int argc, char **argv)
{
	sem_init(&ready, 0, 0);
	std::forward_list<std::string> l_forward;
	std::priority_queue<std::pair<int, std::string>> l_queue;
	Various l_various;
	std::string l_text;
	std::function<std::size_t()> l_call;
	char *l_block = hold_block(3000);

	in_depth(leak_all);
	in_depth(fill_all);
	in_depth(hold_all);
	if (argc > 1)
		hold_plugin(argv[1]);
	fill_forward(l_forward);
	fill_queue(l_queue);
	fill_various(l_various);
	fill_text(l_text);
	fill_call(l_call);
#ifdef COUNT
	print_accounts();
	_exit(0);
#endif
	std::exit(l_block && l_call() == 20 ? 0 : 1);
}
