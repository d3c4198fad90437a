/* A hash table with chains: the bucket array comes from calloc and doubles as
 * the table fills, each entry and each key is a block of its own. Every third
 * key is removed; the table lives to the end. Counts every block. */
#include <stdlib.h>
#include <string.h>

#include "count.h"

struct entry {
	struct entry *next;
	char *key;
	int value;
};

struct table {
	struct entry **buckets;
	size_t size, used;
};

static unsigned hash(const char *s)
{
	unsigned h = 2166136261u;
	while (*s)
		h = (h ^ (unsigned char)*s++) * 16777619u;
	return h;
}

static struct entry **new_buckets(size_t n)
{
	struct entry **b = calloc(n, sizeof *b);
	count_alloc(n * sizeof *b);
	return b;
}

static void grow(struct table *t)
{
	size_t size = t->size * 2;
	struct entry **buckets = new_buckets(size);
	for (size_t i = 0; i < t->size; i++) {
		for (struct entry *e = t->buckets[i], *next; e; e = next) {
			next = e->next;
			struct entry **head = &buckets[hash(e->key) % size];
			e->next = *head;
			*head = e;
		}
	}
	count_free(t->size * sizeof *t->buckets);
	free(t->buckets);
	t->buckets = buckets;
	t->size = size;
}

static void put(struct table *t, const char *key, int value)
{
	if (t->used >= t->size)
		grow(t);
	struct entry *e = malloc(sizeof *e);
	count_alloc(sizeof *e);
	e->key = malloc(strlen(key) + 1);
	count_alloc(strlen(key) + 1);
	strcpy(e->key, key);
	e->value = value;
	struct entry **head = &t->buckets[hash(key) % t->size];
	e->next = *head;
	*head = e;
	t->used++;
}

static void take(struct table *t, const char *key)
{
	for (struct entry **p = &t->buckets[hash(key) % t->size]; *p; p = &(*p)->next) {
		struct entry *e = *p;
		if (strcmp(e->key, key))
			continue;
		*p = e->next;
		count_free(strlen(e->key) + 1);
		free(e->key);
		count_free(sizeof *e);
		free(e);
		t->used--;
		return;
	}
}

static struct table *table;

int main(void)
{
	table = malloc(sizeof *table);
	count_alloc(sizeof *table);
	*table = (struct table){.size = 8};
	table->buckets = new_buckets(table->size);

	char key[32];
	for (int i = 0; i < 200; i++) {
		snprintf(key, sizeof key, "key %d", i * i);
		put(table, key, i);
	}
	for (int i = 0; i < 200; i += 3) {
		snprintf(key, sizeof key, "key %d", i * i);
		take(table, key);
	}
	count_print();
	return 0;
}
