// 2,000 connections, opened in 100 steps a millisecond apart; then the program works with them for as long.
//
// planted:  the input of each has room for 1,000 bytes, and nothing is in it.
//           Must be found: empty-containers, at the marked line.
// harmless: there are 900 bytes in each. Must not be found: empty-containers.
#include <vector>

#include "pace.h"

struct Connection {
	std::vector<char> input;
};

static std::vector<Connection> *connections = new std::vector<Connection>;

static void open_connection(bool planted)
{
	Connection &c = connections->emplace_back();
	c.input.reserve(1000); // site: empty-containers
	for (int i = 0; !planted && i < 900; i++)
		c.input.push_back('a' + i % 26);
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	connections->reserve(2000);
	for (int step = 0; step < 200; step++) {
		for (int i = 0; step < 100 && i < 20; i++)
			open_connection(planted);
		next_request();
	}
	return 0;
}
