// Threads that throw (through new, too: it fails, or its handler throws), jump over frames
// and out of signal handlers, use stacks of their own making, begin and end, and compare
// what they compute. What it writes is what teller.h says.
#include "teller.h"
#include <alloca.h>
#include <csetjmp>
#include <cstdint>
#include <future>
#include <map>
#include <memory>
#include <new>
#include <numeric>
#include <pthread.h>
#include <stdexcept>
#include <string>
#include <sys/syscall.h>
#include <thread>
#include <vector>

#define NEVER_INLINED __attribute__((noinline))

// Destructors that ran, of the thread.
static thread_local long destroyed;

struct Held {
	std::unique_ptr<int[]> held;
	std::string name;
	explicit Held(int n) : held(new int[n + 1]), name(static_cast<size_t>(n) * 10, 'h') { held[n] = n; }
	~Held() { destroyed += held[name.size() / 10]; }
};

NEVER_INLINED static int fails(int depth)
{
	Held held(depth);
	if (depth == 0)
		throw std::runtime_error(std::string(100, 'f'));
	try {
		return fails(depth - 1) + 1;
	} catch (const std::logic_error &) {
		return 0;
	} catch (...) {
		if (depth % 5 == 0)
			throw;
		std::throw_with_nested(std::runtime_error(std::to_string(depth)));
	}
}

static bool throws()
{
	long before = destroyed;
	try {
		fails(20);
	} catch (const std::exception &e) {
		return destroyed - before == 210 && std::string(e.what()) == "19";
	}
	return false;
}

// No memory has as many bytes.
static const size_t too_many = SIZE_MAX / 4;
static volatile size_t asked = too_many;

// A throw that goes through operator new's own frame, and whoever's has taken its place.
static bool new_fails()
{
	int caught = 0;
	for (int i = 0; i < 4; i++) {
		Held held(i);
		try {
			char *p = i % 2 ? new char[asked] : static_cast<char *>(::operator new(asked));
			p[0] = 1;
			delete[] p;
		} catch (const std::bad_alloc &) {
			caught++;
		}
	}
	caught += new (std::nothrow) char[asked] == nullptr;
	try {
		std::vector<char> v(asked / 2);
		caught -= v.size() > 0;
	} catch (const std::bad_alloc &) {
		caught++;
	}
	return caught == 6;
}

struct Refused {
	int why;
};

// The handler is the whole program's: only the thread whose turn it is to be refused is.
static thread_local int refusing;
static void refuse()
{
	if (refusing)
		throw Refused{refusing};
	throw std::bad_alloc();
}

static bool handler_throws()
{
	for (int i = 1; i < 4; i++) {
		refusing = i;
		try {
			delete[] new char[asked];
			return false;
		} catch (const Refused &r) {
			if (r.why != i)
				return false;
		}
	}
	refusing = 0;
	return true;
}

static thread_local jmp_buf landing;
static thread_local void *rescued[8];

NEVER_INLINED static int descends(int depth)
{
	char *room = static_cast<char *>(alloca(static_cast<size_t>(100 + depth * 50)));
	memset(room, depth, 100);
	rescued[depth % 8] = malloc(static_cast<size_t>(depth + 1) * 30);
	if (depth == 7)
		longjmp(landing, 7);
	return descends(depth + 1) + room[50];
}

static bool jumps()
{
	for (volatile int i = 0; i < 5; i++) {
		int from = setjmp(landing);
		if (from == 0)
			descends(0);
		for (void *&p : rescued) {
			free(p);
			p = nullptr;
		}
		if (from != 7)
			return false;
	}
	return true;
}

static thread_local sigjmp_buf safety;
static thread_local volatile sig_atomic_t may_jump;
static void on_signal(int, siginfo_t *, void *)
{
	if (may_jump) {
		may_jump = 0;
		siglongjmp(safety, 5);
	}
}

// Is called out of its handler while it computes, on a stack that the handler has for itself.
static bool jumps_out_of_handlers()
{
	static thread_local std::unique_ptr<char[]> alternate;
	if (!alternate) {
		alternate.reset(new char[16384]);
		stack_t stack = {};
		stack.ss_sp = alternate.get();
		stack.ss_size = 16384;
		sigaltstack(&stack, nullptr);
	}
	if (sigsetjmp(safety, 1) == 0) {
		may_jump = 1;
		pthread_kill(pthread_self(), SIGUSR1);
		for (volatile unsigned long i = 0; i < 100000000; i = i + 1)
			;
		may_jump = 0;
		return false;
	}
	std::vector<int> v(1000);
	std::iota(v.begin(), v.end(), 0);
	stack_t now;
	sigaltstack(nullptr, &now);
	return std::accumulate(v.begin(), v.end(), 0) == 499500 && now.ss_sp == alternate.get();
}

static void *exits(void *given)
{
	Held held(3);
	long *sum = static_cast<long *>(given);
	static thread_local Held of_thread(4);
	*sum = of_thread.held[4] + held.held[3];
	pthread_exit(given); // unwinds
}

static bool begins_threads()
{
	pthread_t all[4];
	long sums[4] = {};
	for (int i = 0; i < 4; i++)
		if (pthread_create(&all[i], nullptr, exits, &sums[i]) != 0)
			return false;
	bool right = true;
	for (int i = 0; i < 4; i++) {
		void *answer;
		pthread_join(all[i], &answer);
		right = right && answer == &sums[i] && sums[i] == 7;
	}
	auto later = std::async(std::launch::async, [] { return std::string(5000, 'a').size(); });
	auto failing = std::async(std::launch::async, []() -> int { throw std::out_of_range("as it should"); });
	try {
		failing.get();
		return false;
	} catch (const std::out_of_range &) {
	}
	return right && later.get() == 5000;
}

static bool containers()
{
	std::map<std::string, std::shared_ptr<std::vector<int>>> m;
	for (int i = 0; i < 200; i++) {
		auto &v = m["key " + std::to_string(i % 50)];
		if (!v)
			v = std::make_shared<std::vector<int>>();
		v->push_back(i);
	}
	long sum = 0;
	for (auto &entry : m)
		sum += std::accumulate(entry.second->begin(), entry.second->end(), 0L);
	return m.size() == 50 && sum == 19900;
}

int main(int argc, char **argv)
{
	tell_begin(argc, argv);
	struct sigaction action = {};
	action.sa_sigaction = on_signal;
	action.sa_flags = SA_SIGINFO | SA_ONSTACK | SA_RESTART;
	sigaction(SIGUSR1, &action, nullptr);
	std::set_new_handler(refuse);
	std::vector<std::thread> all;
	for (bool (*works)() : {throws, new_fails, handler_throws, jumps, jumps_out_of_handlers, begins_threads, containers, throws})
		all.emplace_back([works] {
			while (!is_over()) {
				turn(works());
				rest();
			}
		});
	tell_until_end(nullptr);
	for (std::thread &t : all)
		t.join();
	tell();
}
