#include "attach.h"

#include "wire_read.h"

#include <elf.h>
#include <fcntl.h>
#include <link.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

void attach_require(bool holds, const char *condition, const char *file, int line) {
	if (holds) return;
	fprintf(stderr, "%s:%d: not so: %s\n", file, line, condition);
	exit(1);
}

/* Without the allocator, whose heap may grow at any call. */
static char *map_file(const char *path, size_t *size) {
	struct stat is;
	int fd = open(path, O_RDONLY | O_CLOEXEC);
	require(fd >= 0 && fstat(fd, &is) == 0);
	*size = (size_t)is.st_size;
	char *content = mmap(NULL, *size, PROT_READ, MAP_PRIVATE, fd, 0);
	require(content != MAP_FAILED);
	close(fd);
	return content;
}

/* Returns the address of the library's entry. */
static uintptr_t map_library(struct attach *a, const char *path) {
	size_t size;
	char *file = map_file(path, &size);
	const Elf64_Ehdr *header = (const Elf64_Ehdr *)file;
	const Elf64_Phdr *segments = (const Elf64_Phdr *)(file + header->e_phoff);
	for (int i = 0; i < header->e_phnum; i++)
		if (segments[i].p_type == PT_LOAD) a->image_bytes = (segments[i].p_vaddr + segments[i].p_memsz + 4095) & ~4095ull;
	a->image = mmap(NULL, a->image_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	require(a->image != MAP_FAILED);
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *p = &segments[i];
		if (p->p_type == PT_LOAD) memcpy(a->image + p->p_vaddr, file + p->p_offset, p->p_filesz);
		if (p->p_type != PT_DYNAMIC) continue;
		const Elf64_Dyn *d = (const Elf64_Dyn *)(file + p->p_offset);
		const Elf64_Rela *relocations = NULL;
		size_t bytes = 0;
		for (; d->d_tag != DT_NULL; d++) {
			if (d->d_tag == DT_RELA) relocations = (const Elf64_Rela *)(file + d->d_un.d_ptr);
			if (d->d_tag == DT_RELASZ) bytes = d->d_un.d_val;
		}
		for (size_t r = 0; r < bytes / sizeof *relocations; r++) {
			require(ELF64_R_TYPE(relocations[r].r_info) == R_X86_64_RELATIVE);
			*(uint64_t *)(a->image + relocations[r].r_offset) = (uint64_t)a->image + (uint64_t)relocations[r].r_addend;
		}
	}
	for (int i = 0; i < header->e_phnum; i++) {
		const Elf64_Phdr *p = &segments[i];
		if (p->p_type != PT_LOAD) continue;
		uintptr_t begin = p->p_vaddr & ~4095ull, end = (p->p_vaddr + p->p_memsz + 4095) & ~4095ull;
		int protection = (p->p_flags & PF_R ? PROT_READ : 0) | (p->p_flags & PF_W ? PROT_WRITE : 0) | (p->p_flags & PF_X ? PROT_EXEC : 0);
		require(mprotect(a->image + begin, end - begin, protection) == 0);
	}
	uintptr_t entry = (uintptr_t)a->image + header->e_entry;
	munmap(file, size);
	return entry;
}

enum { MOST_MODULES = 128 };
static const size_t MODULES_BYTES = MOST_MODULES * sizeof(struct wire_attached_module);
static const size_t MEMORY_BYTES = WIRE_RINGS_AT + (size_t)ATTACH_RINGS * WIRE_RING_STRIDE;

static int add_module(struct dl_phdr_info *info, size_t size, void *data) {
	(void)size;
	struct attach *a = data;
	require(a->from.module_count < MOST_MODULES);
	((struct wire_attached_module *)a->from.modules)[a->from.module_count++] = (struct wire_attached_module){
		.bias = info->dlpi_addr,
		.headers = (uint64_t)info->dlpi_phdr,
		.header_count = info->dlpi_phnum,
		.name = (uint64_t)info->dlpi_name,
	};
	return 0;
}

struct attach attach(const char *path, uint32_t flags, uint32_t tid_at) {
	struct attach a = {0};
	int fd = memfd_create("heapprof", MFD_CLOEXEC);
	require(fd >= 0 && ftruncate(fd, (off_t)MEMORY_BYTES) == 0);
	a.memory = mmap(NULL, MEMORY_BYTES, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_NORESERVE, fd, 0);
	require(a.memory != MAP_FAILED);
	a.control = mmap(NULL, WIRE_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	require(a.control != MAP_FAILED);
	close(fd);
	a.control->magic = WIRE_MAGIC;
	a.control->version = WIRE_VERSION;
	a.control->depth = 64;
	a.control->flags = flags | WIRE_ATTACHED;
	a.control->recorder_pid = (uint32_t)getpid();
	a.control->recorder = WIRE_RECORDER_ON;
	a.control->max_rings = ATTACH_RINGS;
	a.control->max_nodes = 1 << 20;
	a.control->life = ~0u;
	uintptr_t entry = map_library(&a, path);
	a.from = (struct wire_attached){
		.control = (uint64_t)a.control,
		.iterate = (uint64_t)dl_iterate_phdr,
		.loader = (uint64_t)&_r_debug,
		.pid = (uint32_t)getpid(),
		.own_pid = (uint32_t)getpid(),
		.tid_at = tid_at,
		.modules = (uint64_t)mmap(NULL, MODULES_BYTES, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	};
	dl_iterate_phdr(add_module, &a);
	a.guest = (struct wire_guest *)((uint64_t(*)(const struct wire_attached *))entry)(&a.from);
	return a;
}

void attach_forget(struct attach *a) {
	require(munmap(a->memory, MEMORY_BYTES) == 0 && munmap(a->control, WIRE_PAGE) == 0 && munmap(a->image, a->image_bytes) == 0 && munmap((void *)a->from.modules, MODULES_BYTES) == 0);
}

uint32_t attach_find_tid(void) {
	const char *pointer = (const char *)arch_thread_pointer();
	for (uint32_t at = 64; at < 2048; at += 4)
		if (*(const uint32_t *)(pointer + at) == (uint32_t)syscall(SYS_gettid)) return at;
	return 0;
}

static uintptr_t call(const struct wire_patched *p, const uintptr_t arguments[4]) {
	uintptr_t result, first = arguments[0], second = arguments[1], third = arguments[2], fourth = arguments[3];
	register const struct wire_patched *r11 __asm__("r11") = p;
	/* The compiler takes this function for one that calls nobody: it must have nothing below the stack pointer (-mno-red-zone). */
	__asm__ volatile("call *%[shim]"
					 : "=a"(result), "+D"(first), "+S"(second), "+d"(third), "+c"(fourth), "+r"(r11)
					 : [shim] "b"(p->shim)
					 : "r8", "r9", "r10", "memory", "cc", "xmm0", "xmm1", "xmm2", "xmm3", "xmm4", "xmm5", "xmm6", "xmm7", "xmm8", "xmm9", "xmm10", "xmm11", "xmm12", "xmm13", "xmm14", "xmm15");
	return result;
}

static struct wire_patched record_of(const struct attach *a, uint32_t action, void *original) {
	return (struct wire_patched){.shim = ((const uint64_t *)a->guest->shims)[2 * action], .original = (uint64_t)original, .action = (uint8_t)action};
}

uintptr_t attach_call(const struct attach *a, uint32_t action, void *original, uintptr_t first, uintptr_t second) {
	struct wire_patched p = record_of(a, action, original);
	switch (action) {
	case WIRE_ACTION_ALLOC: p.size = 1; break;
	case WIRE_ACTION_FREE: p.pointer = 1; break;
	case WIRE_ACTION_REALLOC: p.pointer = 1, p.size = 2; break;
	}
	return call(&p, (const uintptr_t[]){first, second, 0, 0});
}

uintptr_t attach_call_4(const struct attach *a, uint32_t action, unsigned pointer, void *original, const uintptr_t arguments[4]) {
	struct wire_patched p = record_of(a, action, original);
	p.pointer = (uint8_t)pointer;
	return call(&p, arguments);
}

struct wire_process *attach_process(const struct attach *a, uint32_t index) {
	return (struct wire_process *)(a->memory + WIRE_PROCESSES_AT) + index;
}

struct wire_ring *attach_ring(const struct attach *a, uint32_t index) {
	return (struct wire_ring *)(a->memory + WIRE_RINGS_AT + (size_t)index * WIRE_RING_STRIDE);
}

const uint64_t *attach_words(const struct attach *a, uint32_t index) { return (const uint64_t *)((const char *)attach_ring(a, index) + WIRE_RING_HEADER); }

unsigned attach_count(const struct attach *a, enum wire_kind kind) {
	unsigned count = 0;
	for (uint32_t i = 0; i < a->control->rings; i++) {
		const uint64_t *words = attach_words(a, i);
		for (uint64_t at = 0, n; at < attach_ring(a, i)->head; at += n) {
			n = read_words(words[at]);
			require(n != 0);
			if (read_kind(words[at]) == kind) count++;
		}
	}
	return count;
}

struct wire_guest_thread *attach_thread(const struct attach *a) {
	struct wire_guest_thread *threads = (struct wire_guest_thread *)a->guest->threads;
	for (uint64_t i = 0; i < a->guest->thread_places; i++)
		if (threads[i].pointer == arch_thread_pointer()) return &threads[i];
	return NULL;
}
