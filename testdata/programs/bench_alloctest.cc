/* The shape of mimalloc-bench's alloc-test: one thread and an array of argv[2] slots, of
 * which it draws one at random after another; it frees the block that is there, or
 * allocates one where there is none, until it has allocated argv[1]. Slots are drawn
 * unevenly (half of the draws go to a sixteenth of them), and sizes too: each doubling from
 * 8 bytes to 32 KiB comes half as often as the one before. Blocks are written when they
 * come, and read before they go. */
#include <cstdint>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <vector>

namespace {

class Dice {
	uint64_t state = 88172645463325252u;

    public:
	uint64_t roll() // Marsaglia's xorshift64
	{
		state ^= state << 13;
		state ^= state >> 7;
		state ^= state << 17;
		return state;
	}
};

struct Slot {
	uint8_t *block;
	uint32_t size;
};

size_t size_of(uint64_t r)
{
	// The number of zeros at the end of random bits: n with a chance of 2^-(n+1).
	int doublings = __builtin_ctzll(r | 1u << 12);
	size_t least = size_t(8) << doublings;
	return least + (r >> 32) % least;
}

size_t place_of(uint64_t r, size_t slots)
{
	size_t at = (r >> 8) % slots;
	return r & 1 ? at / 16 : at;
}

} // namespace

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	long count = atol(argv[1]);
	std::vector<Slot> slots(strtoul(argv[2], nullptr, 10));
	if (slots.empty())
		return 2;
	Dice dice;
	unsigned sum = 0;
	for (long blocks = 0; blocks < count;) {
		Slot &slot = slots[place_of(dice.roll(), slots.size())];
		if (slot.block) {
			for (uint32_t at = 0; at < slot.size; at += 64)
				sum += slot.block[at];
			free(slot.block);
			slot.block = nullptr;
			continue;
		}
		slot.size = uint32_t(size_of(dice.roll()));
		slot.block = static_cast<uint8_t *>(malloc(slot.size));
		memset(slot.block, int(blocks), slot.size);
		blocks++;
	}
	for (Slot &slot : slots)
		free(slot.block);
	printf("%u\n", sum & 1);
	return 0;
}
