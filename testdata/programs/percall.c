/* Functions that allocate the same for each call: parse_line three blocks, one of them for good, and
 * walk one for itself and each of four calls of itself. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEPT __attribute__((noinline, noclone))

static struct node {
	struct node *next;
	char text[24];
} *head;

KEPT static char *copy(const char *text) {
	char *c = malloc(strlen(text) + 1);
	strcpy(c, text);
	__asm__ volatile("" ::"r"(c) : "memory");
	return c;
}

KEPT int parse_line(const char *line) {
	char *a = copy(line), *b = copy(line);
	int n = a[0] + b[1];
	free(b);
	free(a);
	struct node *new = malloc(sizeof *new);
	new->next = head;
	head = new;
	return n;
}

KEPT int walk(int depth) {
	char *p = malloc(10);
	__asm__ volatile("" ::"r"(p) : "memory");
	int n = depth ? walk(depth - 1) : 0;
	free(p);
	return n + 1;
}

KEPT int unused(void) {
	__asm__ volatile("");
	return 1;
}

int main(int argc, char **argv) {
	long times = atol(argv[1]), sum = 0;
	for (long i = 0; i < times; i++) sum += parse_line("hello, world");
	for (int i = 0; i < 10; i++) sum += walk(4);
	printf("%ld\n", sum);
	if (sum < 0) unused();
	return argc > 2 ? 3 : 0;
}
