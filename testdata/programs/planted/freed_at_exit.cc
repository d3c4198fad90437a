// A parse tree of 30,000 nodes of 96 bytes, 2.75 MiB, built before the first of 300 requests a
// millisecond apart, each of which looks at it.
//
// planted:  it is taken apart node by node when main returns, for nobody.
//           Must be found: freed-at-exit, at the marked line.
// harmless: it is freed as soon as it is not needed any more, after 200 requests.
//           Must not be found: freed-at-exit.
#include <memory>

#include "pace.h"

struct Node {
	std::unique_ptr<Node> left, right;
	int value;
	char text[72];
};

static std::unique_ptr<Node> parse(int from, int to)
{
	if (from == to)
		return nullptr;
	int middle = from + (to - from) / 2;
	std::unique_ptr<Node> node(new Node{}); // site: freed-at-exit
	node->value = middle;
	node->left = parse(from, middle);
	node->right = parse(middle + 1, to);
	return node;
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
	std::unique_ptr<Node> tree = parse(0, 30000);
	int steps = 0;
	for (int request = 0; request < 300; request++) {
		if (!planted && request == 200)
			tree.reset();
		steps += lookup(tree.get(), 61 * request % 30000);
		next_request();
	}
	return steps > 0 ? 0 : 1;
}
