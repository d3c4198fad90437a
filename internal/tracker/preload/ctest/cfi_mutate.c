/* Feeds cfi_fuzz.c with mutations of the given files, the same ones for the same
 * seed, for so many rounds: cfi_mutate ROUNDS FILE... */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static uint64_t state = 0x9e3779b97f4a7c15u;

static uint64_t any(void) { /* xorshift64 */
	state ^= state << 13;
	state ^= state >> 7;
	return state ^= state << 17;
}

/* Values at which lengths, offsets, encodings and instructions go wrong. */
static const uint8_t telling[] = {0x00, 0x01, 0x04, 0x05, 0x0a, 0x0b, 0x0e, 0x0f, 0x10, 0x1b, 0x2f, 0x3b, 0x40, 0x7f, 0x80, 0xc0, 0xff};

static void mutate(uint8_t *data, size_t *size) {
	for (uint64_t changes = 1 + any() % 8; changes; changes--) {
		size_t at = any() % *size;
		if (any() % 2) at %= 512 < *size ? 512 : *size; /* the header's words decide over the most */
		switch (any() % 6) {
		case 0: data[at] = telling[any() % sizeof telling]; break;
		case 1: data[at] ^= (uint8_t)(1u << any() % 8); break;
		case 2: data[at] = (uint8_t)any(); break;
		case 3:
			for (size_t i = at; i < at + 4 && i < *size; i++) data[i] = 0xff;
			break;
		case 4: { /* a piece to another place */
			size_t from = any() % *size, n = any() % 64;
			if (at + n <= *size && from + n <= *size) memmove(data + at, data + from, n);
			break;
		}
		case 5:
			if (any() % 16 == 0) *size = 1 + at;
			break;
		}
	}
}

int main(int argc, char **argv) {
	if (argc < 3) return 2;
	long rounds = atol(argv[1]);
	size_t files = (size_t)argc - 2;
	struct seed {
		uint8_t *data;
		size_t size;
	} *seeds = calloc(files, sizeof *seeds);
	size_t most = 0;
	for (size_t i = 0; i < files; i++) {
		FILE *f = fopen(argv[2 + i], "rb");
		if (!f || fseek(f, 0, SEEK_END) != 0) return 1;
		seeds[i].size = (size_t)ftell(f);
		rewind(f);
		seeds[i].data = malloc(seeds[i].size);
		if (fread(seeds[i].data, 1, seeds[i].size, f) != seeds[i].size) return 1;
		fclose(f);
		if (seeds[i].size > most) most = seeds[i].size;
		LLVMFuzzerTestOneInput(seeds[i].data, seeds[i].size);
	}
	uint8_t *work = malloc(most);
	for (long round = 0; round < rounds; round++) {
		const struct seed *seed = &seeds[any() % files];
		size_t size = seed->size;
		memcpy(work, seed->data, size);
		mutate(work, &size);
		LLVMFuzzerTestOneInput(work, size);
	}
	printf("%ld mutations of %zu files\n", rounds, files);
	return 0;
}
