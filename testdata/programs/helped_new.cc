// Operators whose code goes by functions of another library, in a library each: built with -DPOOL
// that which frees, with -DNEWS the operators, and else a program, which frees all as it should.
#include <cstdlib>
#include <new>

#if defined POOL

extern "C" void pool_free(void *p) {
	free(p);
	__asm__ volatile(""); // no jump
}

#elif defined NEWS

extern "C" void pool_free(void *);

void *operator new(std::size_t bytes) {
	void *p = malloc(bytes);
	if (!p) throw std::bad_alloc();
	return p;
}

void operator delete(void *p) noexcept {
	pool_free(p);
	__asm__ volatile("");
}

void operator delete(void *p, std::size_t) noexcept { operator delete(p); }

#else

int main() {
	for (int i = 0; i < 10; i++) ::operator delete(::operator new(10));
}

#endif
