/* Grows 64 vectors side by side, element by element of 24 bytes, with a realloc
 * each time one is full: by a fixed step up to 200 elements, and by half as much
 * again from there to 2,000. argv[1] times over. */
#include <stdlib.h>

struct element {
	long words[3];
};

struct vector {
	struct element *data;
	size_t length, capacity;
};

__attribute__((noinline)) static void grow(struct vector *v)
{
	v->capacity = v->capacity < 200 ? v->capacity + 4 : v->capacity + v->capacity / 2;
	v->data = realloc(v->data, v->capacity * sizeof *v->data);
	if (!v->data)
		abort();
}

static void push(struct vector *v, long value)
{
	if (v->length == v->capacity)
		grow(v);
	v->data[v->length++] = (struct element){{value, value, value}};
}

int main(int argc, char **argv)
{
	long rounds = argc > 1 ? atol(argv[1]) : 1;
	for (long round = 0; round < rounds; round++) {
		struct vector vectors[64] = {0};
		for (long i = 0; i < 2000; i++)
			for (int v = 0; v < 64; v++)
				push(&vectors[v], i);
		for (int v = 0; v < 64; v++)
			free(vectors[v].data);
	}
	return 0;
}
