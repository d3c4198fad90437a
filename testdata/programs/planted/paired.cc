// 60,000 orders of 88 bytes, each with an address of 200 bytes in a block of its own; 64 of them
// are open at a time, and are closed in an order of their own.
//
// planted:  an order and its address are born and die together. Must be found: paired, at
//           one of the two marked lines: 60,000 blocks fewer if the address is part of the order.
// harmless: in the course of every fourth order the address is replaced by another.
//           Must not be found: paired.
#include "pace.h"

struct Address {
	char text[200];
};

struct Order {
	Address *address;
	long items[10];
	Order();
	~Order() { delete address; }
	void move()
	{
		Address *other = new Address;
		delete address;
		address = other;
	}
};

Order::Order()
{
	address = new Address; // site: paired
}

static Order *open_order()
{
	return new Order; // site: paired
}

int main(int argc, char **argv)
{
	bool planted = is_planted(argc, argv);
	Order *orders[64] = {};
	for (unsigned i = 0; i < 60000; i++) {
		unsigned slot = i * 2654435761u >> 26;
		delete orders[slot];
		orders[slot] = open_order();
		if (!planted && i % 4 == 0)
			orders[slot]->move();
	}
	for (Order *order : orders)
		delete order;
}
