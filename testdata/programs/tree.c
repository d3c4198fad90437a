/* A binary search tree: one block a node, its size varying with the key.
 * 300 inserts with deletions among them, half of the rest deleted, then the left
 * half freed and the right half left to the end. Counts every block. */
#include <stdlib.h>

#include "count.h"

struct node {
	struct node *left, *right;
	unsigned key;
	size_t size;
};

static struct node *new_node(unsigned key)
{
	size_t size = sizeof(struct node) + key % 50;
	struct node *n = malloc(size);
	count_alloc(size);
	*n = (struct node){.key = key, .size = size};
	return n;
}

static struct node *insert(struct node *tree, unsigned key)
{
	if (!tree)
		return new_node(key);
	if (key < tree->key)
		tree->left = insert(tree->left, key);
	else if (key > tree->key)
		tree->right = insert(tree->right, key);
	return tree;
}

static void free_node(struct node *n)
{
	count_free(n->size);
	free(n);
}

static struct node *delete(struct node *tree, unsigned key)
{
	if (!tree)
		return NULL;
	if (key < tree->key) {
		tree->left = delete(tree->left, key);
		return tree;
	}
	if (key > tree->key) {
		tree->right = delete(tree->right, key);
		return tree;
	}
	if (tree->left && tree->right) {
		struct node *min = tree->right;
		while (min->left)
			min = min->left;
		tree->key = min->key;
		tree->right = delete(tree->right, min->key);
		return tree;
	}
	struct node *child = tree->left ? tree->left : tree->right;
	free_node(tree);
	return child;
}

static void free_tree(struct node *tree)
{
	if (!tree)
		return;
	free_tree(tree->left);
	free_tree(tree->right);
	free_node(tree);
}

static struct node *root;

int main(void)
{
	unsigned keys[300];
	unsigned seed = 1;
	for (int i = 0; i < 300; i++) {
		seed = seed * 1664525u + 1013904223u;
		keys[i] = seed >> 16;
		root = insert(root, keys[i]);
		if (i > 150 && i % 2)
			root = delete(root, keys[i - 100]);
	}
	for (int i = 0; i < 300; i += 2)
		root = delete(root, keys[i]);
	free_tree(root->left);
	root->left = NULL;
	count_print();
	return 0;
}
