/* Recursion: even and odd call each other sixty deep and allocate on the way
 * down; a Fibonacci-shaped call tree allocates in its leaves and in between; a
 * function recurses through a pointer. Many different stacks that share long
 * tails. Counts every block. */
#include <stdlib.h>

#include "count.h"

struct chain {
	struct chain *next;
	size_t size;
};

static struct chain *cons(struct chain *next, size_t size)
{
	struct chain *c = malloc(size);
	count_alloc(size);
	c->next = next;
	c->size = size;
	return c;
}

static void free_chain(struct chain *c)
{
	while (c) {
		struct chain *next = c->next;
		count_free(c->size);
		free(c);
		c = next;
	}
}

static struct chain *odd(int n);

static struct chain *even(int n)
{
	if (n == 0)
		return cons(NULL, 16);
	return cons(odd(n - 1), 16 + n);
}

static struct chain *odd(int n)
{
	struct chain *temporary = cons(NULL, 160);
	struct chain *rest = even(n - 1);
	free_chain(temporary);
	return cons(rest, 32 + n);
}

static struct chain *fibonacci(int n, struct chain *so_far)
{
	if (n < 2)
		return cons(so_far, 24);
	so_far = fibonacci(n - 1, so_far);
	so_far = fibonacci(n - 2, so_far);
	return n % 3 ? so_far : cons(so_far, 40);
}

static struct chain *twice(struct chain *(*f)(void *, int, struct chain *), int n, struct chain *c)
{
	return f(f, n - 1, f(f, n - 1, c));
}

static struct chain *indirect(void *self, int n, struct chain *c)
{
	return n == 0 ? cons(c, 48) : twice(self, n, c);
}

static struct chain *kept[3];

int main(void)
{
	kept[0] = even(60);
	kept[1] = fibonacci(9, NULL);
	kept[2] = indirect(indirect, 4, NULL);
	free_chain(kept[0]);
	kept[0] = odd(31);
	free_chain(kept[2]);
	count_print();
	return 0;
}
