// Has an operator new of its own that throws, and frees the exception only after it has
// left the operator.
#include <cstdlib>
#include <new>

void *operator new(std::size_t bytes) {
	void *p = bytes < 1 << 20 ? malloc(bytes) : nullptr;
	if (!p) throw std::bad_alloc();
	return p;
}

void operator delete(void *p) noexcept { free(p); }
void operator delete(void *p, std::size_t) noexcept { free(p); }

int main() {
	for (int i = 0; i < 20; i++) {
		try {
			::operator delete(::operator new(std::size_t(i) << 18 | 100));
		} catch (...) {
		}
		::operator delete(::operator new(150));
	}
}
