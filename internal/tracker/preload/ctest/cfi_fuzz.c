/* Reads unwind information that may say anything. The input is .eh_frame_hdr and
 * the .eh_frame behind it, as they lie in a file; it is copied to a buffer of
 * exactly its size, so that AddressSanitizer sees a read past either end. A
 * target of libFuzzer; cfi_mutate.c drives it without. */
#include <stdlib.h>
#include <string.h>

#include "../csrc/cfi.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* The start of a function that the header's table names, or something else. */
static uintptr_t function_at(const uint8_t *hdr, size_t size, size_t entry) {
	int32_t start = 0;
	size_t at = 12 + entry * 8;
	if (at + 4 <= size) memcpy(&start, hdr + at, 4);
	return (uintptr_t)hdr + (uintptr_t)start;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
	uint8_t *hdr = malloc(size);
	if (!hdr) return 0;
	memcpy(hdr, data, size);
	struct cfi_module m;
	/* As one segment, and as two, whose border falls anywhere. */
	size_t entries = size > 12 ? (size - 12) / 8 : 0, cut = size / 5;
	struct cfi_segment whole = {hdr, hdr + size}, halves[] = {{hdr, hdr + cut}, {hdr + cut, hdr + size}};
	for (int split = 0; split < 2; split++) {
		if (!cfi_open(&m, hdr, split ? halves : &whole, split ? 2 : 1)) continue;
		if (m.frames_lo < hdr || m.frames_end > hdr + size || m.hdr_end > hdr + size) abort();
		static const uintptr_t into[] = {0, 1, 5, 40, 300};
		for (size_t entry = 0; entry < entries && entry < 32; entry++)
			for (size_t i = 0; i < COUNT_OF(into); i++) {
				struct rule rule = cfi_rule(&m, function_at(hdr, size, entry) + into[i]);
				if (rule.cfa == CFA_NONE || rule.cfa > CFA_UNSUPPORTED || rule.fp > FP_AT_FP) abort();
			}
		cfi_rule(&m, 0);
		cfi_rule(&m, ~(uintptr_t)0);
	}
	free(hdr);
	return 0;
}
