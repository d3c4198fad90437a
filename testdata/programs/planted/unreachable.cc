// A server of 300 requests, a millisecond apart. For each it makes 8 sessions, each of which has a text of 1,000
// bytes; some configuration is kept, too.
//
// planted:  one pointer has the latest session; the one before is forgotten. 2,399 are lost, and their
//           texts with them. Must be found: unreachable, at the marked line.
// harmless: a list of all sessions has them, which is never freed either, as a global pointer has it.
//           Must not be found: unreachable.
#include <string>
#include <vector>

#include "pace.h"

struct Session {
	int number;
	std::string *text;
};

static std::vector<Session *> *all = new std::vector<Session *>;
static std::vector<std::string> *configuration = new std::vector<std::string>;
static Session *latest;

static Session *open_session(int number)
{
	Session *s = new Session; // site: unreachable
	s->number = number;
	s->text = new std::string(1000, 'a' + number % 26);
	return s;
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	for (int i = 0; i < 400; i++)
		configuration->emplace_back(500, 'c');
	for (int request = 0; request < 300; request++) {
		for (int i = 0; i < 8; i++) {
			latest = open_session(8 * request + i);
			if (!planted)
				all->push_back(latest);
		}
		next_request();
	}
	return latest->number == 2399 ? 0 : 1;
}
