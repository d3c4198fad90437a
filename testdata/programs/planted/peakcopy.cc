// 160,000 records of 64 bytes, read into a vector.
//
// planted:  the vector grows as it goes. When it has 131,072 records, 8 MiB, it takes 16 MiB and
//           copies: these 24 MiB are the peak, where 9.77 MiB would do.
//           Must be found: peak-copy, at the marked line.
// harmless: the same vector, which is 16 MiB in the end; but the peak is later, when they are
//           sorted by an index that takes 32 MiB. Must not be found: peak-copy.
#include <vector>

#include "pace.h"

struct Record {
	long fields[8];
};

static void read_records(std::vector<Record> &records)
{
	for (long i = 0; i < 160000; i++)
		records.push_back({{i, i + 1}}); // site: peak-copy
}

static long sort_records(const std::vector<Record> &records)
{
	std::vector<long> index(4 << 20);
	for (size_t i = 0; i < records.size(); i++)
		index[i] = records[i].fields[0];
	return index[records.size() - 1];
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	std::vector<Record> records;
	read_records(records);
	long last = planted ? records.back().fields[0] : sort_records(records);
	return last == 159999 ? 0 : 1;
}
