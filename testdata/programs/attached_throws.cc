// An operator new of the program's own, which throws bad_alloc itself where it
// is asked for too much, as those of tcmalloc and jemalloc do: a program that
// catches that goes on. Two threads do so until standard input ends, and make
// blocks besides. Prints "ready", and at the end how often it was caught, and
// how often not all was as it is to be: "wrong".
#include <unistd.h>

#include <atomic>
#include <cstdio>
#include <cstdlib>
#include <new>
#include <thread>

static std::atomic<bool> ending;
static std::atomic<unsigned long> caught, wrong;
static volatile size_t too_much = size_t(1) << 62;

// The block lies behind a header of its own, so that its address is not
// malloc's.
enum { HEADER = 32 };

__attribute__((noinline)) void *operator new(size_t bytes) {
  char *block =
      bytes < too_much ? static_cast<char *>(malloc(bytes + HEADER)) : nullptr;
  if (!block)
    throw std::bad_alloc();
  *reinterpret_cast<size_t *>(block) = bytes;
  return block + HEADER;
}

__attribute__((noinline)) void operator delete(void *block) noexcept {
  if (block)
    free(static_cast<char *>(block) - HEADER);
}

void operator delete(void *block, size_t) noexcept { operator delete(block); }

struct Counts {
  unsigned &ended;
  ~Counts() { ended++; }
};

static void work() {
  while (!ending) {
    unsigned ended = 0, here = 0;
    try {
      Counts c{ended};
      int *some = new int(5);
      if (*some != 5)
        wrong++;
      delete some;
      void *none = operator new(too_much);
      operator delete(none);
    } catch (const std::bad_alloc &) {
      here++;
    }
    if (ended != 1 || here != 1)
      wrong++;
    caught++;
  }
}

int main() {
  std::thread other(work), another(work);
  printf("ready\n");
  fflush(stdout);
  char c;
  while (read(0, &c, 1) > 0)
    continue;
  ending = true;
  other.join();
  another.join();
  printf("caught=%lu\nwrong=%lu\n", caught.load(), wrong.load());
  return wrong != 0;
}
