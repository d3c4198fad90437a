// 20,000 rows of a table, read in 200 requests, each with the name of its city.
//
// planted:  each row has a copy of the name, of which there are 20.
//           Must be found: duplicates, at the marked line.
// harmless: the row's number is in the name, so that no two are alike.
//           Must not be found: duplicates.
#include <string>
#include <vector>

#include "pace.h"

struct Row {
	int number;
	std::string city;
};

static std::vector<Row> *rows = new std::vector<Row>;

static std::string city_of(int number, bool planted)
{
	char name[80];
	snprintf(name, sizeof(name), "the city of the number %06d in its country", planted ? number % 20 : number);
	return name; // site: duplicates
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	rows->reserve(20000);
	for (int i = 0; i < 20000; i++) {
		rows->push_back({i, city_of(i, planted)});
		if (i % 100 == 0)
			next_request();
	}
	return 0;
}
