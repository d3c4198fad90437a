// A cache of decoded pages, 16 KiB each, for 400 requests a millisecond apart.
//
// planted:  it holds 100 pages at most, so that it is full, 1.56 MiB, after a quarter of the run,
//           and from then on each page takes the place of the oldest.
//           Must be found: levelled-off, at the marked line.
// harmless: what looks alike at a glance and is not: after the first 100 pages each tenth request
//           adds a page, so that it has 130 in the end. Must not be found: levelled-off.
#include <deque>
#include <vector>

#include "pace.h"

struct Pages {
	std::deque<std::vector<char>> newest_last;
	bool bounded;

	void decode(int request)
	{
		if (newest_last.size() >= 100 && (bounded || request % 10 != 0))
			newest_last.pop_front();
		newest_last.emplace_back(16384); // site: levelled-off
	}
};

int main(int argc, char **argv)
{
	auto *pages = new Pages{{}, is_planted(argc, argv) != 0};
	for (int request = 0; request < 400; request++) {
		pages->decode(request);
		next_request();
	}
}
