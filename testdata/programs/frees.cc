// Frees blocks in many ways, each by a function of its own, which the test names with the
// number of blocks and their bytes. Five blocks of 7 bytes, made by stay, are never freed.
#include <csignal>
#include <cstdlib>
#include <new>
#include <pthread.h>

namespace {

struct Holder {
	char *held;
	~Holder() { delete[] held; }
};

void *make(std::size_t bytes) { return malloc(bytes); }
void stay() { make(7); }

void by_free(void *p) { free(p); }
void by_delete(int *p) { delete p; }
void by_array(char *p) { delete[] p; }
void by_sized(void *p, std::size_t bytes) { ::operator delete(p, bytes); }
void by_destructor() { Holder{new char[40]}; }
// The block has 30 bytes by then.
void by_realloc(void *p) {
	p = realloc(p, 30);
	if (realloc(p, 0)) abort();
}
void *by_thread(void *p) {
	free(p);
	return nullptr;
}

void *volatile handed;
void by_handler(int) { free(handed); }

}

int main() {
	for (int i = 0; i < 11; i++) by_free(make(10));
	for (int i = 0; i < 12; i++) by_delete(new int);
	for (int i = 0; i < 13; i++) by_array(new char[20]);
	for (int i = 0; i < 14; i++) by_sized(::operator new(50), 50);
	for (int i = 0; i < 15; i++) by_realloc(make(10));
	for (int i = 0; i < 16; i++) {
		pthread_t thread;
		if (pthread_create(&thread, nullptr, by_thread, make(60)) || pthread_join(thread, nullptr)) return 1;
	}
	signal(SIGUSR1, by_handler);
	for (int i = 0; i < 17; i++) {
		handed = make(70);
		raise(SIGUSR1);
	}
	for (int i = 0; i < 18; i++) by_destructor();
	for (int i = 0; i < 5; i++) stay();
}
