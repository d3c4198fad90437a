// A map of 4,000 texts of 1,000 bytes each, 3.81 MiB, and as much besides.
//
// planted:  a global cache alone holds the map. Must be found: one-owner, at the marked line.
// harmless: another global pointer has the map's texts as well, so that none of the two owners frees
//           anything alone. Must not be found: one-owner.
#include <map>
#include <string>
#include <vector>

#include "pace.h"

struct Text {
	char bytes[1000];
};

static std::map<int, Text *> cache;
static std::vector<Text *> recent;
static char *other;

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	other = new char[4000000];
	for (int i = 0; i < 4000000; i++)
		other[i] = (char)(i * i >> 9);
	for (int i = 0; i < 4000; i++) {
		Text *text = new Text;
		memset(text->bytes, 0, sizeof(text->bytes));
		snprintf(text->bytes, sizeof(text->bytes), "number %d", i);
		cache[i] = text; // site: one-owner
		if (!planted)
			recent.push_back(text);
		if (i % 20 == 0)
			next_request();
	}
	exit(0);
}
