/* 200,000 events of 24 bytes, each a block of its own.
 *
 * planted:  they wait in a queue of 32, so that each is freed soon, but none before the next was
 *           allocated. Must be found: tiny, at the marked line, 200,000 blocks.
 * harmless: events of the same size that are a log, which is kept. Must not be found: tiny. */
#include "pace.h"

struct event {
	struct event *next;
	long time;
	int kind;
};

static struct event *first, **last = &first;
static int waiting;

static void push(long time)
{
	struct event *e = malloc(sizeof *e); /* site: tiny */
	*e = (struct event){NULL, time, (int)(time % 5)};
	*last = e;
	last = &e->next;
	waiting++;
}

static int pop(void)
{
	struct event *e = first;
	int kind = e->kind;
	first = e->next;
	free(e);
	waiting--;
	return kind;
}

int main(int argc, char **argv)
{
	int planted = is_planted(argc, argv), kinds = 0;
	for (long time = 0; time < 200000; time++) {
		push(time);
		if (planted && waiting == 32)
			kinds += pop();
	}
	return !planted || kinds > 0 ? 0 : 1;
}
