// Threads that all the time make blocks, hand them to each other and free them. None is ever lost,
// but for moments most of them have no pointer outside registers and the stack: whoever looks at any moment
// must find all of them held. More and more live, in waves. It prints a line when all threads run.
#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <memory>
#include <thread>
#include <vector>

struct Item {
	std::unique_ptr<Item> next;
	std::unique_ptr<char[]> text;
	long number;
};

constexpr int threads = 4, places = 64;
std::atomic<Item *> exchange[places];
std::atomic<int> running;

// A list of the given length.
Item *make(int length, long number)
{
	std::unique_ptr<Item> head;
	for (int i = 0; i < length; i++) {
		auto item = std::make_unique<Item>();
		item->text = std::make_unique<char[]>(16 + (number + i) % 100);
		item->number = number;
		item->next = std::move(head);
		head = std::move(item);
	}
	return head.release();
}

Item *reversed(std::unique_ptr<Item> list)
{
	std::unique_ptr<Item> out;
	while (list) {
		auto rest = std::move(list->next);
		list->next = std::move(out);
		out = std::move(list);
		list = std::move(rest);
	}
	return out.release();
}

void work(int rounds, long seed)
{
	running++;
	std::vector<std::unique_ptr<Item>> mine;
	for (long round = 0; round < rounds; round++) {
		seed = seed * 6364136223846793005 + 1442695040888963407;
		int place = unsigned(seed >> 33) % places;
		Item *got = exchange[place].exchange(make(1 + round % 20, seed >> 40 & 0xffff));
		if (got)
			got = reversed(std::unique_ptr<Item>(got));
		if (got && round * 20 / rounds % 4 != 3)
			mine.emplace_back(got);
		else
			delete got;
		if (mine.size() > 200 && round % 7 == 0)
			mine.erase(mine.begin() + seed % 100 + 99, mine.end() - 1);
	}
}

int main(int argc, char **argv)
{
	int rounds = argc > 1 ? std::atoi(argv[1]) : 5000;
	std::vector<std::thread> workers;
	for (int i = 0; i < threads; i++)
		workers.emplace_back(work, rounds, i + 1);
	while (running != threads)
		std::this_thread::yield();
	std::puts("running");
	std::fflush(stdout);
	work(rounds / 2, 99); // and leaves the others at work
	std::_Exit(0);
}
