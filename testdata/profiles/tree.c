#include <stdlib.h>
#include <string.h>
#include <valgrind/dhat.h>
struct node { struct node *l, *r; int k; };
static struct node *build(int d) {
    struct node *n = malloc(sizeof *n);
    n->k = d;
    n->l = d ? build(d - 1) : NULL;
    n->r = d ? build(d - 1) : NULL;
    return n;
}
static void drop(struct node *n) { if (!n) return; drop(n->l); drop(n->r); free(n); }
static char *grow(int n) {
    char *b = NULL;
    for (int i = 1; i <= n; i++) b = realloc(b, i * 64), memset(b + (i - 1) * 64, i, 64);
    return b;
}
static void copies(char *b, int n) {
    for (volatile int i = 0; i < n; i++) { char *c = malloc(256); memcpy(c, b, 256); DHAT_AD_HOC_EVENT(i); free(c); }
}
int main(void) {
    struct node *t = build(5);
    char *b = grow(20);
    copies(b, 10);
    drop(t);
    char *leak = strdup("never freed");
    DHAT_AD_HOC_EVENT(100);
    return leak == b;
}
