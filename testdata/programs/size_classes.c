// Allocates in three functions blocks of sizes that are size classes of jemalloc's, so that its dumps count what was
// asked for:
//
//	small    40,000 of 64 bytes, of which every second is freed
//	middle   4,000 of 320 bytes, all kept
//	large    400 of 16,384 bytes, of which the last 100 are kept
#include <stddef.h>
#include <stdlib.h>

static void *volatile kept[40000];

__attribute__((noinline)) static void small(void) {
    for (int i = 0; i < 40000; i++) {
        void *volatile block = malloc(64);
        if (i % 2)
            free(block);
        else
            kept[i] = block;
    }
}

__attribute__((noinline)) static void middle(void) {
    for (int i = 0; i < 4000; i++) kept[2 * i + 1] = malloc(320);
}

__attribute__((noinline)) static void large(void) {
    for (int i = 0; i < 400; i++) {
        void *volatile block = malloc(16384);
        if (i < 300)
            free(block);
        else
            kept[20001 + 2 * i] = block;
    }
}

int main(void) {
    small();
    middle();
    large();
    return 0;
}
