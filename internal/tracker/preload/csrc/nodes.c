#include "nodes.h"

#include "lock.h"
#include "process.h"
#include "text.h"

struct nodes_table *nodes_table;

static uint32_t next_number;
static struct lock nodes_lock; /* of who makes another table, or takes nodes out of it */

/* The nodes whose pc lies in no module are all between these. */
static uintptr_t outside_from = ~(uintptr_t)0, outside_to;

/* How many lines a node may stand in. Hardly one is not in the first or second. */
enum { MOST_LINES = 64 };

/* Returns the line that is looked at after so many: one further on, then two, then three. Where
 * each was one further on, full lines would come to stand in long rows. */
static const struct nodes_line *after(const struct nodes_table *table, const struct nodes_line *line, unsigned looked_at) {
	size_t at = (size_t)(line - table->lines) + looked_at;
	if (at >= table->line_count) at = table->line_count ? at % table->line_count : 0; /* 0: in a forked child */
	return &table->lines[at];
}

static bool is_full(const struct nodes_line *line) {
	for (unsigned i = 0; i < NODES_WAYS; i++)
		if (!load_relaxed(&line->node[i].link)) return false;
	return true;
}

uint32_t nodes_find_elsewhere(const struct nodes_table *table, const struct nodes_line *line, uint64_t call, uint32_t parent) {
	for (unsigned i = 1; i < MOST_LINES && is_full(line); i++) {
		line = after(table, line, i);
		uint32_t number = nodes_find_in(line, call, parent);
		if (number) return number;
	}
	return 0;
}

static uint32_t chain_of(uint64_t call, uint64_t link) { return (uint32_t)(call >> WIRE_ADDRESS_BITS << 16 | (link & 0xff) << 8); }

/* What stands in a link in place of a number: a node is about to be told of, or was taken out. */
enum {
	SOON = 1,
	TAKEN_OUT = 2,
};

/* Waits a little until a node has been told of, so that threads that come the same new way at
 * once do not tell of each node twice. Not for long: a signal handler may have taken the other
 * thread out of its hook for good. */
static bool becomes(const struct node *place, uint64_t call) {
	enum { MOST = 100 };
	for (unsigned i = 0; !load_acquire(&place->call) && nodes_number(load_relaxed(&place->link)) != TAKEN_OUT && i < MOST; i++) arch_pause();
	return load_acquire(&place->call) == call;
}

/* Returns a place for a node, which is the caller's now; NULL where there is none, or where the
 * node is there already, whose number is then found. */
static struct node *claim(struct nodes_table *table, uint64_t call, uint64_t link, uint32_t *found) {
	const struct nodes_line *line = nodes_line(table, chain_of(call, link));
	for (unsigned i = 1; i <= MOST_LINES; line = after(table, line, i++)) {
		for (unsigned k = 0; k < NODES_WAYS; k++) {
			struct node *place = (struct node *)&line->node[k];
			uint64_t there = load_acquire(&place->link);
			if (!there && __atomic_compare_exchange_n(&place->link, &there, link << WIRE_STACK_BITS | SOON, false, __ATOMIC_ACQ_REL, __ATOMIC_ACQUIRE)) return place;
			if (there >> WIRE_STACK_BITS == link && becomes(place, call)) {
				*found = nodes_number(load_relaxed(&place->link));
				return NULL;
			}
		}
	}
	return NULL;
}

static void fill(struct node *place, struct node n) {
	store_relaxed(&place->link, n.link);
	store_release(&place->call, n.call);
}

/* Puts a node into a table that has it from elsewhere. Reports whether it is there now. */
static bool put(struct nodes_table *table, struct node n) {
	uint32_t found = 0;
	struct node *place = claim(table, n.call, n.link >> WIRE_STACK_BITS, &found);
	if (place) fill(place, n);
	return place || found;
}

static void set_room(struct nodes_table *table, uint32_t lines) {
	uint32_t entries = lines * NODES_WAYS;
	table->line_count = lines;
	table->room = entries / 10 * 9;
	table->last_room = entries / 16 * 15;
}

void nodes_begin(void *memory) {
	struct nodes_table *table = memory;
	static uint32_t trees;
	set_room(table, NODES_FIRST_LINES);
	table->tree = ++trees;
	table->first = next_number = WIRE_FIRST_NODE;
	outside_from = ~(uintptr_t)0;
	outside_to = 0;
	store_release(&nodes_table, table);
}

static uint32_t nodes_in(const struct nodes_table *table) { return load_relaxed(&next_number) - table->first + load_relaxed(&table->kept); }

/* Puts the nodes of a table into another one. Returns how many of them have numbers that were
 * given before that was to be the table. */
static uint32_t move_nodes(struct nodes_table *to, const struct nodes_table *from) {
	uint32_t moved = 0;
	for (uint32_t i = 0; i < from->line_count; i++) {
		for (unsigned k = 0; k < NODES_WAYS; k++) {
			const struct node *at = &from->lines[i].node[k];
			struct node n = {.call = load_acquire(&at->call), .link = load_relaxed(&at->link)};
			if (n.call && put(to, n) && nodes_number(n.link) < to->first) moved++;
		}
	}
	return moved;
}

static uint32_t count(const struct nodes_table *table) {
	uint32_t nodes = 0;
	for (uint32_t i = 0; i < table->line_count; i++)
		for (unsigned k = 0; k < NODES_WAYS; k++) nodes += load_relaxed(&table->lines[i].node[k].call) != 0;
	return nodes;
}

/* Makes a table of so many entries, and moves the nodes there. The lock is held. */
static bool replace(uint32_t entries) {
	struct nodes_table *old = nodes_table;
	uint32_t lines = entries / NODES_WAYS;
	size_t bytes = (sizeof *old + (size_t)lines * sizeof *old->lines + SYS_PAGE - 1) & ~(size_t)(SYS_PAGE - 1);
	struct nodes_table *table = sys_map(bytes);
	if (!table) return false;
	if (sys_wipe_on_fork(table, bytes) != 0) {
		sys_unmap(table, bytes);
		return false;
	}
	set_room(table, lines);
	table->tree = old->tree;
	table->first = load_relaxed(&next_number);
	table->kept = move_nodes(table, old);
	__atomic_store_n(&nodes_table, table, __ATOMIC_SEQ_CST);
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	/* Those that were made meanwhile. Who makes one now sees the new table (nodes_end_new). */
	if (load_relaxed(&next_number) != table->first) move_nodes(table, old);
	sys_discard(old->lines, (size_t)old->line_count * sizeof *old->lines);
	return true;
}

/* Returns how many entries a table is to have that becomes larger: twice as many while it is
 * small, and then so few that a node takes no more than 24 bytes. */
static uint32_t larger(uint32_t nodes) {
	enum { LEAST = NODES_FIRST_LINES * NODES_WAYS,
		SMALL = 1 << 15 };
	uint64_t entries = (uint64_t)nodes * 10 / 9;
	if (entries < LEAST) entries = LEAST;
	entries = nodes < SMALL ? entries * 2 : entries * 4 / 3;
	return entries >> 30 ? 1u << 30 : (uint32_t)entries;
}

/* Lets another thread go on that makes a table, as there is no room any more in the one seen.
 * Not for long: without room nodes are told of again and again, and that is all. */
static bool wait_for_another(const struct nodes_table *seen) {
	enum { MOST = 200 };
	for (unsigned i = 0; load_acquire(&nodes_table) == seen && i < MOST; i++) sys_yield();
	return true;
}

/* Makes a table that is larger than the one seen, of so many nodes, if no other thread does.
 * Returns false where no node has room any more. */
static bool make_room(const struct nodes_table *seen, uint32_t nodes) {
	enum { ATTEMPTS = 256 /* of so many one asks again for memory that was denied */ };
	static uint32_t denied;
	if (load_relaxed(&denied) == 0 || add_relaxed(&denied, 1) % ATTEMPTS == 0) {
		struct locked held = lock_try(&nodes_lock);
		if (!held.lock) return nodes < seen->last_room || wait_for_another(seen);
		bool made = nodes_table != seen || replace(larger(count(seen)));
		lock_release(held);
		store_relaxed(&denied, made ? 0 : 1);
		if (made) return true;
	}
	return nodes < seen->last_room;
}

struct nodes_new nodes_begin_new(uint64_t call, uint64_t link) {
	struct nodes_new n = {.number = WIRE_ROOT_FULL};
	struct nodes_table *table = load_acquire(&nodes_table);
	uint32_t nodes = nodes_in(table), found = 0;
	if (unlikely(nodes >= table->room)) {
		if (!make_room(table, nodes)) return n;
		table = load_acquire(&nodes_table);
	}
	/* Others may be here as well, so that some more are made than there may be. */
	if (load_relaxed(&next_number) - WIRE_FIRST_NODE >= process.max_nodes) return n;
	n.table = table;
	n.place = claim(table, call, link, &found);
	n.number = found;
	if (!found) {
		n.is_new = true;
		n.number = add_relaxed(&next_number, 1);
	}
	return n;
}

void nodes_end_new(struct nodes_new n, uint64_t call, uint64_t link) {
	struct node node = {call, link << WIRE_STACK_BITS | n.number};
	if (n.place) fill(n.place, node);
	/* Another thread has made a table in the meantime, and may have moved the nodes before. In
	 * a forked child in which this goes on the number means nothing. */
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	struct nodes_table *table = load_acquire(&nodes_table);
	if (unlikely(table != n.table && table->tree == n.table->tree)) put(table, node);
}

void nodes_prepare(void) {
	enum { LEAST = 1 << 16 };
	struct locked held = lock_try(&nodes_lock);
	if (!held.lock) return;
	uint32_t entries = count(nodes_table) * 2;
	if (entries < LEAST) entries = LEAST;
	if (nodes_table->line_count * NODES_WAYS < entries) replace(entries);
	lock_release(held);
}

/* What is put aside. Only who holds the lock looks at it. */
static struct aside {
	struct node node;
	uint64_t owner;
} * aside;
static uint32_t aside_count, aside_room;

static bool make_room_aside(void) {
	uint32_t room = aside_room ? aside_room * 2 : SYS_LARGEST_PAGE / sizeof *aside;
	struct aside *larger = room > aside_room ? sys_map(room * sizeof *aside) : NULL;
	if (!larger) return false;
	if (sys_wipe_on_fork(larger, room * sizeof *aside) != 0) {
		sys_unmap(larger, room * sizeof *aside);
		return false;
	}
	memcpy(larger, aside, aside_count * sizeof *aside);
	if (aside) sys_unmap(aside, aside_room * sizeof *aside);
	aside = larger;
	aside_room = room;
	return true;
}

void nodes_take_out(const struct nodes_range *ranges, unsigned count) {
	uintptr_t from = ~(uintptr_t)0, to = 0;
	for (const struct nodes_range *r = ranges; r < ranges + count; r++) {
		if (r->start < from) from = r->start;
		if (r->end > to) to = r->end;
	}
	struct locked held = lock_take(&nodes_lock);
	struct nodes_table *table = held.lock ? nodes_table : NULL;
	for (uint32_t i = 0; table && i < table->line_count; i++) {
		for (struct node *n = table->lines[i].node; n < table->lines[i].node + NODES_WAYS; n++) {
			uintptr_t pc = load_relaxed(&n->call) & (WIRE_ADDRESS_END - 1);
			const struct nodes_range *r = pc - from < to - from ? nodes_range_of(ranges, count, pc) : NULL;
			if (!r) continue;
			if (r->owner && (aside_count < aside_room || make_room_aside())) aside[aside_count++] = (struct aside){*n, r->owner};
			store_release(&n->call, 0);
			store_relaxed(&n->link, n->link >> WIRE_STACK_BITS << WIRE_STACK_BITS | TAKEN_OUT);
		}
	}
	lock_release(held);
}

/* Takes an owner's nodes from what is put aside, and puts them into the table, if there is
 * one. */
static void take_aside(uint32_t owner, struct nodes_table *table) {
	uint32_t left = 0, put_back = 0;
	for (uint32_t i = 0; i < aside_count; i++) {
		if (aside[i].owner != owner) aside[left++] = aside[i];
		else if (table && put(table, aside[i].node)) put_back++;
	}
	aside_count = left;
	if (table) add_relaxed(&table->kept, put_back);
}

static uint32_t count_aside(uint32_t owner) {
	uint32_t nodes = 0;
	for (uint32_t i = 0; i < aside_count; i++) nodes += aside[i].owner == owner;
	return nodes;
}

void nodes_put_back(uint32_t owner) {
	struct locked held = lock_take(&nodes_lock);
	uint32_t nodes = held.lock && nodes_table ? count_aside(owner) : 0;
	if (nodes) {
		nodes += nodes_in(nodes_table);
		if (nodes >= nodes_table->room) replace(larger(nodes));
		take_aside(owner, nodes < nodes_table->last_room ? nodes_table : NULL);
	}
	lock_release(held);
}

void nodes_drop(uint32_t owner) {
	struct locked held = lock_take(&nodes_lock);
	if (held.lock) take_aside(owner, NULL);
	lock_release(held);
}

void nodes_outside(uintptr_t pc) {
	uintptr_t from = load_relaxed(&outside_from), to = load_relaxed(&outside_to);
	while (pc < from && !__atomic_compare_exchange_n(&outside_from, &from, pc, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
	}
	while (pc >= to && !__atomic_compare_exchange_n(&outside_to, &to, pc + 1, true, __ATOMIC_SEQ_CST, __ATOMIC_RELAXED)) {
	}
}

bool nodes_any_outside(uintptr_t start, uintptr_t end) {
	const struct nodes_table *table = load_acquire(&nodes_table);
	if (!table || load_relaxed(&outside_from) >= end || load_relaxed(&outside_to) <= start) return false;
	for (uint32_t i = 0; i < table->line_count; i++) {
		for (unsigned k = 0; k < NODES_WAYS; k++) {
			uintptr_t pc = load_relaxed(&table->lines[i].node[k].call) & (WIRE_ADDRESS_END - 1);
			if (pc - start < end - start) return true;
		}
	}
	return false;
}

void nodes_forget_in_child(void) {
	lock_reset(&nodes_lock);
	aside = NULL;
	aside_count = aside_room = 0;
}
