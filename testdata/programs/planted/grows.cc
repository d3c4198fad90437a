// A server's cache of answers, 300 requests a millisecond apart, each of another session and
// with an answer of 16 KiB.
//
// planted:  nothing is ever taken out: 300 answers, 4.69 MiB, live at the end.
//           Must be found: grows, at the marked line.
// harmless: the cache is emptied whenever it has 100 answers, so that it rises most of the
//           time, too. Must not be found: grows.
#include <string>
#include <unordered_map>

#include "pace.h"

struct Server {
	std::unordered_map<int, std::string> cache;
	size_t limit;

	void answer(int session)
	{
		if (cache.size() == limit)
			cache.clear();
		cache[session] = std::string(16384, 'a'); // site: grows
	}
};

int main(int argc, char **argv)
{
	auto *server = new Server{{}, is_planted(argc, argv) ? 1000ul : 100ul};
	for (int session = 0; session < 300; session++) {
		server->answer(session);
		next_request();
	}
}
