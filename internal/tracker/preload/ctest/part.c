#include "part.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void fail(const char *path, const char *why) {
	fprintf(stderr, "%s: %s\n", path, why);
	exit(1);
}

static uint8_t *read_file(const char *path, size_t *bytes) {
	FILE *f = fopen(path, "rb");
	if (!f || fseek(f, 0, SEEK_END) != 0) fail(path, "cannot be read");
	*bytes = (size_t)ftell(f);
	rewind(f);
	uint8_t *content = malloc(*bytes);
	if (!content || fread(content, 1, *bytes, f) != *bytes) fail(path, "cannot be read");
	fclose(f);
	return content;
}

struct part part_load(const char *path) {
	size_t bytes;
	uint8_t *file = read_file(path, &bytes);
	Elf64_Ehdr header;
	if (bytes < sizeof header) fail(path, "not an ELF file");
	memcpy(&header, file, sizeof header);
	Elf64_Phdr *segments = malloc(header.e_phnum * sizeof *segments);
	memcpy(segments, file + header.e_phoff, header.e_phnum * sizeof *segments);

	const Elf64_Phdr *unwind = NULL, *around = NULL;
	for (unsigned i = 0; i < header.e_phnum; i++)
		if (segments[i].p_type == PT_GNU_EH_FRAME) unwind = &segments[i];
	if (!unwind) fail(path, "has no .eh_frame_hdr");
	for (unsigned i = 0; i < header.e_phnum; i++) {
		const Elf64_Phdr *s = &segments[i];
		if (s->p_type == PT_LOAD && unwind->p_vaddr - s->p_vaddr < s->p_filesz) around = s;
	}
	if (!around) fail(path, "maps no .eh_frame_hdr");

	struct part part = {.bytes = around->p_filesz};
	part.start = malloc(part.bytes);
	memcpy(part.start, file + around->p_offset, part.bytes);
	part.bias = (uintptr_t)part.start - around->p_vaddr;
	struct cfi_segment segment = {part.start, part.start + part.bytes};
	if (!cfi_open(&part.cfi, part.start + (unwind->p_vaddr - around->p_vaddr), &segment, 1)) fail(path, "has a header of an unknown form");
	free(segments);
	free(file);
	return part;
}
