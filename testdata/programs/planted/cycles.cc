// A server of 200 requests, a millisecond apart. For each it builds a document of 20 nodes, each with
// 200 bytes of its own, which it then lets go.
//
// planted:  each node holds its parent, and the parent its children: they hold each other, and none is freed.
//           Must be found: unreachable, at the marked line.
// harmless: each node has a weak pointer to its parent, so that all are freed.
//           Must not be found: unreachable.
#include <memory>
#include <vector>

#include "pace.h"

struct Node {
	std::shared_ptr<Node> parent;
	std::weak_ptr<Node> weak_parent;
	std::vector<std::shared_ptr<Node>> children;
	char text[200] = "text";
};

static void build(bool planted)
{
	std::vector<std::shared_ptr<Node>> nodes;
	for (int i = 0; i < 20; i++) {
		nodes.push_back(std::make_shared<Node>()); // site: unreachable
		if (i == 0)
			continue;
		std::shared_ptr<Node> parent = nodes[(i - 1) / 3];
		parent->children.push_back(nodes[i]);
		if (planted)
			nodes[i]->parent = parent;
		else
			nodes[i]->weak_parent = parent;
	}
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	for (int request = 0; request < 200; request++) {
		build(planted);
		next_request();
	}
	return 0;
}
