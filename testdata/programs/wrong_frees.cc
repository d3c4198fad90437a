// Frees blocks by functions of another family than the one that allocated them, which glibc
// accepts: the test names the functions and how often each does. Then frees in all the ways that
// are right.
#include <cstdlib>
#include <new>
#include <stdexcept>
#include <string>

namespace {

void one_by_free() { free(new int); }
void array_by_free() { free(new int[3]); }
void one_by_array() { delete[] static_cast<int *>(::operator new(4)); }
void array_by_one() { ::operator delete(new int[3]); }
void malloc_by_one() { ::operator delete(malloc(20)); }
void malloc_by_array() { ::operator delete[](malloc(20)); }
// From then on it is realloc's, and free is right.
void one_by_realloc() { free(realloc(new int, 100)); }

void repeat(int times, void (*what)()) {
	for (int i = 0; i < times; i++) what();
}

struct alignas(64) Aligned {
	char content[64];
};

// A block that operator new allocates when malloc has failed, and what the handler frees then.
void *kept;
void handler() {
	free(kept);
	::operator delete(::operator new(10));
	std::set_new_handler(nullptr);
	throw std::bad_alloc();
}

void right() {
	delete new int;
	delete[] new std::string[2];
	delete new (std::nothrow) int;
	delete[] new (std::nothrow) int[2];
	delete new Aligned;
	delete[] new Aligned[2];
	delete new (std::nothrow) Aligned;
	::operator delete(::operator new(8), std::nothrow);
	free(realloc(malloc(10), 20));
	std::string text(100, 'x');
	text += text;
	try {
		throw std::runtime_error(text);
	} catch (const std::exception &e) {
		text = e.what();
	}
	kept = malloc(30);
	std::set_new_handler(handler);
	try {
		volatile std::size_t most = PTRDIFF_MAX;
		delete[] new char[most];
	} catch (const std::bad_alloc &) {
	}
	delete new int;
}

}

int main() {
	repeat(7, one_by_free);
	repeat(2, array_by_free);
	repeat(4, one_by_array);
	repeat(5, array_by_one);
	repeat(3, malloc_by_one);
	repeat(6, malloc_by_array);
	repeat(8, one_by_realloc);
	repeat(9, right);
}
