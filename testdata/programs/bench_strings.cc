// C++ maps and strings: counts words that it puts together itself, in an
// unordered_map and a map, and turns the counts over into a map of vectors.
// argv[1] words, argv[2] times.
#include <cstdlib>
#include <map>
#include <string>
#include <unordered_map>
#include <vector>

namespace {

std::string word(unsigned n)
{
	static const char *const parts[] = {"al", "lo", "ca", "tion", "pro", "fi", "ler", "heap"};
	std::string w;
	for (; n; n /= 8)
		w += parts[n % 8];
	return w;
}

std::size_t count(unsigned words)
{
	std::unordered_map<std::string, int> counts;
	std::map<std::string, std::string> sorted;
	unsigned r = 1;
	for (unsigned i = 0; i < words; i++) {
		r = r * 1664525 + 1013904223;
		std::string w = word(r >> 10);
		counts[w]++;
		sorted[w.substr(0, w.size() / 2)] = w + "/" + std::to_string(i);
	}
	std::map<int, std::vector<std::string>> by_count;
	for (const auto &[w, n] : counts)
		by_count[n].push_back(w);
	return by_count.size() + sorted.size();
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	std::size_t sum = 0;
	for (int i = 0; i < std::atoi(argv[2]); i++)
		sum += count(std::atoi(argv[1]));
	return sum == 0;
}
