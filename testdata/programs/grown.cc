// Blocks that grow in ways that are known, and some that only look like it.
#include <cstdlib>
#include <deque>
#include <list>
#include <string>
#include <vector>

#define APART __attribute__((noinline, noclone))

// From 4 bytes to 4,096 in 10 steps that double, by allocating and freeing, 5 times.
APART void vector_of_ints() {
	std::vector<int> v;
	for (int i = 0; i < 1000; i++) v.push_back(i);
}

// From 32 bytes to 32,768 in 10 steps; its elements have blocks of their own.
APART void vector_of_strings() {
	std::vector<std::string> v;
	for (int i = 0; i < 1000; i++) v.push_back("a string that is too long to lie within");
}

// From 1,000 bytes to 100,000 in 99 steps of 1,000, by realloc, 3 times.
APART void by_realloc() {
	char *p = nullptr;
	for (int i = 1; i <= 100; i++) p = (char *)realloc(p, i * 1000);
	free(p);
}

// Blocks of any size, each taking the place of the one that came 16 before.
APART void ring_of_any_size() {
	void *ring[16] = {};
	unsigned state = 1;
	for (int i = 0; i < 10000; i++) {
		state = state * 1103515245 + 12345;
		void *next = malloc(100 + (state >> 16) % 1000);
		free(ring[i % 16]);
		ring[i % 16] = next;
	}
	for (void *p : ring) free(p);
}

// A queue: a block of the same size comes for each that goes.
APART void queue() {
	std::deque<int> d;
	std::list<int> l;
	for (int i = 0; i < 100000; i++) {
		d.push_back(i), l.push_back(i);
		if (d.size() > 100) d.pop_front(), l.pop_front();
	}
}

int main() {
	for (int i = 0; i < 5; i++) vector_of_ints();
	vector_of_strings();
	for (int i = 0; i < 3; i++) by_realloc();
	ring_of_any_size();
	queue();
}
