// An index of 1,200 nodes of 8,024 bytes, 9.18 MiB, built before the first of 300 requests a
// millisecond apart, each of which looks something up in it.
//
// planted:  it is taken apart node by node when main returns, for nobody.
//           Must be found: freed-at-exit, at the marked line.
// harmless: it is freed as soon as it is not needed any more, after 200 requests.
//           Must not be found: freed-at-exit.
#include <memory>

#include "pace.h"

enum { NODES = 1200 };

struct Node {
	std::unique_ptr<Node> left, right;
	int value;
	char text[8000];
};

static int insert(std::unique_ptr<Node> &tree, int value)
{
	std::unique_ptr<Node> *at = &tree;
	int depth = 0;
	for (; *at; depth++)
		at = value < (*at)->value ? &(*at)->left : &(*at)->right;
	at->reset(new Node{}); // site: freed-at-exit
	(*at)->value = value;
	return depth;
}

static int lookup(const Node *node, int value)
{
	int depth = 0;
	for (; node && node->value != value; depth++)
		node = (value < node->value ? node->left : node->right).get();
	return depth;
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	std::unique_ptr<Node> index;
	long steps = 0;
	for (long i = 0; i < NODES; i++)
		steps += insert(index, static_cast<int>(i * 743 % 1213)); // in an order that makes no list of the tree
	for (int request = 0; request < 300; request++) {
		if (!planted && request == 200)
			index.reset();
		steps += lookup(index.get(), 61 * request % NODES);
		next_request();
	}
	return steps > 0 ? 0 : 1;
}
