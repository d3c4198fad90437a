// What C asks of a symbolizer: inlined static functions, aliases, versions of
// one function split by the optimiser, recursion, a function within a function, an assembler symbol without
// a size, code that is never called.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
  struct node *left, *right;
  char word[];
};

static void fail(const char *why) {
  fprintf(stderr, "%s\n", why);
  exit(1);
}

static inline void *get(size_t size) {
  void *p = malloc(size);
  if (!p)
    fail("out of memory");
  return p;
}

static inline struct node *leaf(const char *word) {
  struct node *n = get(sizeof *n + strlen(word) + 1);
  n->left = n->right = NULL;
  strcpy(n->word, word);
  return n;
}

__attribute__((noinline)) static struct node *insert(struct node *at, const char *word) {
  if (!at)
    return leaf(word);
  int order = strcmp(word, at->word);
  if (order < 0)
    at->left = insert(at->left, word);
  else if (order > 0)
    at->right = insert(at->right, word);
  return at;
}

__attribute__((noinline)) int __private_depth(const struct node *n) {
  if (!n)
    return 0;
  int l = __private_depth(n->left), r = __private_depth(n->right);
  return 1 + (l > r ? l : r);
}
int depth(const struct node *n) __attribute__((alias("__private_depth")));

int never_called(int x) { return x * 3; }

#ifdef __x86_64__
__asm__(".text\n.globl unsized\nunsized:\n xor %eax, %eax\n ret\n");
int unsized(void);
#else
static int unsized(void) { return 0; }
#endif

int words(int count, char **list) {
  struct node *root = NULL;
  __attribute__((noinline)) void add(int i) { root = insert(root, list[i]); }
  for (int i = 0; i < count; i++)
    add(i);
  return depth(root) + unsized();
}

#ifndef LIBRARY
int main(int argc, char **argv) {
  printf("%d\n", words(argc, argv));
  return 0;
}
#endif
