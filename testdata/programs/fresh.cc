// What a program finds in new blocks: it fills the heap with words that look like addresses, frees
// them, and makes blocks of many sizes by each function there is. It prints, for each, how many
// blocks held anything, how many began where another one ended, and how many were not what
// was asked for; at the end, whether blocks and the break lie below 4 GiB, and what sbrk gives.
#include <errno.h>
#include <malloc.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <algorithm>
#include <new>
#include <vector>

namespace {

constexpr size_t kLargest = 64 << 10;  // of what is made fresh

struct Block {
	char *at;
	size_t bytes;
};

std::vector<size_t> Sizes() {
	std::vector<size_t> sizes;
	for (size_t n = 0; n <= 256; n++) sizes.push_back(n);
	for (size_t n = 512; n <= kLargest; n *= 2)
		for (size_t d : {n - 8, n - 1, n, n / 4 * 5}) sizes.push_back(std::min(d, kLargest));
	return sizes;
}

// Leaves words behind in what the allocator hands out next.
void Dirty() {
	std::vector<void *> all;
	for (int i = 0; i < 4; i++)
		for (size_t n : Sizes()) {
			void *p = malloc(n + 1);
			memset(p, 0xa5, malloc_usable_size(p));
			all.push_back(p);
		}
	for (void *p : all) free(p);
}

bool IsZero(const char *p, size_t n) {
	return std::all_of(p, p + n, [](char c) { return c == 0; });
}

// How much of a block is looked at: what a realloc may take later as well, or what was asked for.
enum class Look { kUsable, kAsked };
bool only_asked;  // of any: the allocator is patched

// Frees as the operators are called where the size is known.
template <class Free>
void Try(const char *name, Look look, void *(*make)(size_t), Free release) {
	Dirty();
	std::vector<Block> blocks;
	size_t dirty = 0, touching = 0, wrong = 0;
	for (size_t n : Sizes()) {
		char *p = static_cast<char *>(make(n));
		wrong += p == nullptr || malloc_usable_size(p) < n;
		dirty += !IsZero(p, look == Look::kUsable && !only_asked ? malloc_usable_size(p) : n);
		blocks.push_back({p, n});
	}
	for (const Block &b : blocks) memset(b.at, 0x5a, b.bytes);
	std::sort(blocks.begin(), blocks.end(), [](const Block &a, const Block &b) { return a.at < b.at; });
	for (size_t i = 1; i < blocks.size(); i++) {
		const Block &before = blocks[i - 1];
		touching += before.bytes > 0 && before.at + before.bytes == blocks[i].at;
		wrong += before.at + before.bytes > blocks[i].at;
	}
	for (const Block &b : blocks) {
		wrong += std::any_of(b.at, b.at + b.bytes, [](char c) { return c != 0x5a; });
		release(b.at, b.bytes);
	}
	printf("%s: %zu dirty, %zu touching, %zu wrong\n", name, dirty, touching, wrong);
}

constexpr size_t kAlignment = 64;
const std::align_val_t kAlign{kAlignment};

size_t Multiple(size_t n) { return (n + kAlignment - 1) / kAlignment * kAlignment; }

void *Posix(size_t n) {
	void *p = nullptr;
	return posix_memalign(&p, kAlignment, n) == 0 ? p : nullptr;
}

// Grows a block in steps, and shrinks it and grows it again, with its bytes all set before.
void *Grown(size_t n) {
	char *p = static_cast<char *>(malloc(n / 2));
	memset(p, 0x5a, n / 2);
	p = static_cast<char *>(realloc(p, n / 4 + 1));
	p = static_cast<char *>(realloc(p, n ? n : 1));
	if (n / 4 + 1 <= n && std::any_of(p, p + std::min(n / 4, n / 2), [](char c) { return c != 0x5a; })) return nullptr;
	memset(p, 0, std::min(n, n / 4 + 1));
	return p;
}

// Requests that cannot be met. Not every allocator can throw where it is recorded: a mimalloc of C ends the program.
void Failures(bool throws) {
	volatile size_t most = SIZE_MAX, half = SIZE_MAX / 2;
	void *p = nullptr;
	int failed = 0;
	auto fails = [&](void *block) { failed += block == nullptr && errno == ENOMEM, errno = 0; };
	for (size_t n : {size_t(most), size_t(most - 1), size_t(half), size_t(half + 1)}) {
		fails(malloc(n));
		fails(calloc(n, 1));
		fails(realloc(nullptr, n));
		fails(aligned_alloc(64, n));
		fails(memalign(64, n));
		failed += posix_memalign(&p, 64, n) == ENOMEM;
		if (!throws) continue;
		failed += operator new(n, std::nothrow) == nullptr;
		try {
			operator delete(operator new(n));
		} catch (const std::bad_alloc &) {
			failed++;
		}
	}
	fails(reallocarray(nullptr, half, 3));
	fails(calloc(half, 3));
	printf("%d requests fail, posix_memalign of an odd alignment by %d\n", failed, posix_memalign(&p, 3, 8));
}

}  // namespace

int main(int argc, char **argv) {
	auto told = [&](const char *what) { return std::any_of(argv + 1, argv + argc, [&](const char *a) { return strcmp(a, what) == 0; }); };
	only_asked = told("patched");
	auto unsized = [](char *p, size_t) { free(p); };
	Try("malloc", Look::kUsable, [](size_t n) { return malloc(n); }, unsized);
	Try("calloc", Look::kUsable, [](size_t n) { return calloc(n, 1); }, unsized);
	Try("realloc", Look::kUsable, [](size_t n) { return realloc(nullptr, n); }, unsized);
	Try("grown", Look::kUsable, Grown, unsized);
	Try("reallocarray", Look::kUsable, [](size_t n) { return reallocarray(nullptr, n, 1); }, unsized);
	Try("aligned_alloc", Look::kAsked, [](size_t n) { return aligned_alloc(kAlignment, Multiple(n)); }, unsized);
	Try("memalign", Look::kAsked, [](size_t n) { return memalign(kAlignment, n); }, unsized);
	Try("posix_memalign", Look::kAsked, Posix, unsized);
	Try("new", Look::kUsable, [](size_t n) { return operator new(n); }, [](char *p, size_t n) { operator delete(p, n); });
	Try("new[]", Look::kUsable, [](size_t n) { return operator new[](n); }, [](char *p, size_t n) { operator delete[](p, n); });
	Try("quiet new", Look::kUsable, [](size_t n) { return operator new(n, std::nothrow); }, [](char *p, size_t) { operator delete(p); });
	Try("aligned new", Look::kAsked, [](size_t n) { return operator new(n, kAlign); }, [](char *p, size_t n) { operator delete(p, n, kAlign); });
	Try("aligned new[]", Look::kAsked, [](size_t n) { return operator new[](n, kAlign); }, [](char *p, size_t n) { operator delete[](p, n, kAlign); });
	Failures(!told("quiet"));
	auto where = [](void *p) { return reinterpret_cast<uintptr_t>(p) >> 32 ? "above" : "below"; };
	void *block = malloc(100), *at = sbrk(4096);
	printf("blocks are %s 4 GiB, the break is %s, sbrk %s\n", where(block), where(sbrk(0)), at == reinterpret_cast<void *>(-1) ? "fails" : "gives memory");
}
