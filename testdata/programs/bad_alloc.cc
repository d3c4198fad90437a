// Catches what operator new throws where there is no memory, in each of its forms, and counts the blocks that it makes.
#include <cstdio>
#include <new>

int main()
{
	volatile size_t much = size_t(1) << 62;
	int caught = 0, none = 0;
	for (int i = 0; i < 3; i++) {
		try {
			delete static_cast<char *>(operator new(much));
		} catch (const std::bad_alloc &) {
			caught++;
		}
		try {
			delete[] new char[much];
		} catch (const std::bad_alloc &) {
			caught++;
		}
		none += operator new(much, std::nothrow) == nullptr;
		char *volatile block = new char[100];
		delete[] block;
	}
	printf("caught %d, none %d\n", caught, none);
	return caught;
}
