/* Walks a binary tree of 2^argv[1] - 1 nodes, argv[2] times, and at each node
 * frees what the walk before left there and allocates anew, before or after
 * its children by turns: the depth changes by one or more between two blocks.
 * All are of one size: heaptrack 1.4's interpreter dies of std::bad_alloc at some
 * 16,000 pairs of stack and size. */
#include <stdlib.h>

struct node {
	struct node *left, *right;
	char *note;
};

static struct node *grow(int height)
{
	if (height == 0)
		return NULL;
	struct node *n = calloc(1, sizeof *n);
	n->left = grow(height - 1);
	n->right = grow(height - 1);
	return n;
}

static void note(struct node *n)
{
	free(n->note);
	n->note = malloc(24);
	n->note[0] = 1;
}

static void walk(struct node *n, long round)
{
	if (!n)
		return;
	if (round & 1)
		note(n);
	walk(n->left, round);
	walk(n->right, round);
	if (!(round & 1))
		note(n);
}

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	struct node *root = grow(atoi(argv[1]));
	long rounds = atol(argv[2]);
	for (long i = 0; i < rounds; i++)
		walk(root, i);
	return 0;
}
