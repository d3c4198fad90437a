// 500 requests, for each of which 4,096 samples of 8 bytes are collected.
//
// planted:  each collects them in a vector of its own, which grows from 8 bytes to 32 KiB in 12
//           steps: 6,500 blocks where 500 would do, and 15.6 MiB copied.
//           Must be found: unreserved-growth, at the marked line.
// harmless: one vector, which is cleared and keeps its memory: the same 12 steps, once.
//           Must not be found: unreserved-growth.
#include <vector>

#include "pace.h"

static double collect(std::vector<double> &samples, int request)
{
	for (int i = 0; i < 4096; i++)
		samples.push_back(i ^ request); // site: unreserved-growth
	return samples.back();
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	std::vector<double> reused;
	double sum = 0;
	for (int request = 0; request < 500; request++) {
		if (planted) {
			std::vector<double> samples;
			sum += collect(samples, request);
		} else {
			reused.clear();
			sum += collect(reused, request);
		}
	}
	return sum > 0 ? 0 : 1;
}
