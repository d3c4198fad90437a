/* Makes a text of nested lists and numbers, and argv[1] times parses it by
 * recursive descent into a tree of blocks, prints it to memory and frees it.
 * Hardly two calls of malloc in a row have the same stack. */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct node {
	struct node *first, *next; /* of a list */
	char *text;                /* of an atom */
};

static uint32_t state = 1;

static uint32_t draw(void)
{
	state = state * 1664525 + 1013904223;
	return state >> 16;
}

static char *write_text(char *at, const char *end, int depth)
{
	*at++ = '(';
	for (uint32_t i = 0, n = 2 + draw() % 5; i < n && end - at > 64; i++) {
		if (depth > 0 && draw() % 3)
			at = write_text(at, end, depth - 1);
		else
			at += sprintf(at, "%u ", draw());
	}
	*at++ = ')';
	return at;
}

static struct node *parse_value(const char **at);

static struct node *parse_atom(const char **at)
{
	size_t n = strcspn(*at, " ()");
	struct node *node = calloc(1, sizeof *node);
	node->text = malloc(n + 1);
	memcpy(node->text, *at, n);
	node->text[n] = 0;
	*at += n;
	return node;
}

static struct node *parse_list(const char **at)
{
	struct node *list = calloc(1, sizeof *list), **last = &list->first;
	for (++*at; **at && **at != ')';) {
		if (**at == ' ') {
			++*at;
			continue;
		}
		*last = parse_value(at);
		last = &(*last)->next;
	}
	if (**at)
		++*at;
	return list;
}

static struct node *parse_value(const char **at)
{
	return **at == '(' ? parse_list(at) : parse_atom(at);
}

/* The text of a node, in a block that the caller frees. */
static char *print(const struct node *node)
{
	if (node->text) {
		char *copy = malloc(strlen(node->text) + 1);
		return strcpy(copy, node->text);
	}
	size_t length = 1, room = 32;
	char *text = malloc(room);
	text[0] = '(';
	for (const struct node *child = node->first; child; child = child->next) {
		char *part = print(child);
		size_t n = strlen(part);
		/* The tops of the tree are not copied again and again in full. */
		if (n > 200)
			n = 200;
		while (length + n + 2 > room)
			text = realloc(text, room *= 2);
		memcpy(text + length, part, n);
		length += n;
		free(part);
	}
	text[length++] = ')';
	text[length] = 0;
	return text;
}

static void release(struct node *node)
{
	while (node) {
		struct node *next = node->next;
		release(node->first);
		free(node->text);
		free(node);
		node = next;
	}
}

int main(int argc, char **argv)
{
	static char text[200000];
	long rounds = argc > 1 ? atol(argv[1]) : 1;
	char *at = text;
	*at++ = '(';
	while (text + sizeof text - at > 20000)
		at = write_text(at, at + 10000, 14);
	*at++ = ')';
	*at = 0;
	for (long i = 0; i < rounds; i++) {
		const char *from = text;
		struct node *tree = parse_value(&from);
		free(print(tree));
		release(tree);
	}
	return 0;
}
