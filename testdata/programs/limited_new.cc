// Allocates by operator new until there is no room, twice: a new-handler makes some before the second time,
// and is then set no more. One that throws is set where operators are asked that do not. Prints how many
// blocks it got, what it caught and what it was not given, and that it may allocate again once it has freed.
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <new>

enum { BLOCK = 1000, MOST = 1000, SPARE = 50000 };

static char *volatile spare, *volatile block;
static int handled;

static void make_room()
{
	handled++;
	if (!spare) std::set_new_handler(nullptr);
	delete[] spare;
	spare = nullptr;
}

static void give_up() { throw std::bad_alloc(); }

struct alignas(64) Line {
	char bytes[64];
};

int main()
{
	static char *blocks[MOST];
	int got = 0, caught = 0, none = 0;
	setvbuf(stdout, nullptr, _IONBF, 0);
	spare = new char[SPARE];
	std::set_new_handler(make_room);
	try {
		while (got < MOST) {
			blocks[got] = new char[BLOCK];
			got++;
		}
	} catch (const std::bad_alloc &) {
		caught++;
	}
	try {
		block = reinterpret_cast<char *>(new Line[80]);
	} catch (const std::bad_alloc &) {
		caught++;
	}
	std::set_new_handler(give_up);
	none += !(block = new (std::nothrow) char[5000]);
	none += !(block = reinterpret_cast<char *>(new (std::nothrow) Line[80]));
	errno = 0;
	none += !(block = static_cast<char *>(malloc(4000))) && errno == ENOMEM;
	for (int i = 0; i < got; i++) delete[] blocks[i];
	delete[] (block = new char[100000]);
	printf("got=%d handled=%d caught=%d none=%d\n", got, handled, caught, none);
}
