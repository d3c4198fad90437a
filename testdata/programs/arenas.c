/* Sites that allocate for others to allocate from, and sites that only look so.
 * Each function is a site of its own. What keep() is given lives to the end. */
#include <obstack.h>
#include <stdlib.h>
#include <string.h>

#define obstack_chunk_alloc malloc
#define obstack_chunk_free free

enum { CHUNKS = 8, PAGES = 64, PAGE = 4096 };

static void *kept[1024];
static int n;

static void keep(void *p) { kept[n++] = p; }

/* Chunks that double, freed together before the program ends. */
__attribute__((noinline)) static void *chunk_of(size_t size) { return malloc(size - 16); }

static void doubling(void)
{
    void *chunks[CHUNKS];
    for (int i = 0; i < CHUNKS; i++)
        chunks[i] = chunk_of((size_t)512 << i);
    for (int i = CHUNKS; i-- > 0;)
        free(chunks[i]);
}

/* Chunks that grow by half, as libstdc++'s monotonic_buffer_resource takes them. */
__attribute__((noinline)) static void *half_as_much_again(size_t size) { return malloc(size); }

/* The same size again and again, by a function that is named for it. */
__attribute__((noinline)) static void *pool_grow(void) { return malloc(PAGE); }

/* And by one that is not: this may be a leak. */
__attribute__((noinline)) static void *leak(void) { return malloc(PAGE); }

/* A table that doubles: the old one is freed when the new one is there. */
__attribute__((noinline)) static void *rehash(void *old, size_t size)
{
    void *table = malloc(size);
    free(old);
    return table;
}

/* A vector that doubles in place, by realloc. */
__attribute__((noinline)) static void *push(void *old, size_t size) { return realloc(old, size); }

/* Sizes that grow as they please. */
__attribute__((noinline)) static void *read_file(size_t size) { return malloc(size); }

/* obstacks, of which the program has the whole library in its C library. */
static struct obstack stack;

__attribute__((noinline)) static void gather(void)
{
    obstack_begin(&stack, 4064);
    for (int i = 0; i < 1000; i++)
        keep(memset(obstack_alloc(&stack, 40), 1, 40));
}

int main(void)
{
    static const size_t files[] = {700, 1500, 2900, 9000, 9100, 40000};

    doubling();
    for (size_t size = 1024, i = 0; i < CHUNKS; i++, size += size / 2)
        keep(half_as_much_again(size));
    for (int i = 0; i < PAGES; i++) {
        keep(pool_grow());
        keep(leak());
    }
    void *table = NULL, *vector = NULL;
    for (int i = 0; i < CHUNKS; i++) {
        table = rehash(table, (size_t)512 << i);
        vector = push(vector, (size_t)512 << i);
    }
    keep(table);
    keep(vector);
    for (size_t i = 0; i < sizeof files / sizeof *files; i++)
        keep(read_file(files[i]));
    n = 0;
    gather();
    return 0;
}
