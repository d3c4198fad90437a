// Requests with 50 headers each, which are looked up in a map from name to value.
//
// planted:  each of 2,000 requests has a map of its own, all of whose nodes, 100,000, and strings live
//           until the request is answered. Must be found: rebuilt, in answer.
// harmless: the same function with the same map, but three times with 33,000 headers: each is a
//           phase's working set. Must not be found: rebuilt.
#include <map>
#include <string>

#include "pace.h"

static std::string header(const char *what, int i)
{
	return std::string(what) + " of a header, number " + std::to_string(i);
}

static size_t answer(int headers)
{
	std::map<std::string, std::string> by_name;
	for (int i = 0; i < headers; i++)
		by_name[header("the name", i)] = header("the value", i); // site: rebuilt
	return by_name.count(header("the name", 7));
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	int requests = planted ? 2000 : 3;
	size_t found = 0;
	for (int request = 0; request < requests; request++)
		found += answer(planted ? 50 : 33000);
	return found == static_cast<size_t>(requests) ? 0 : 1;
}
