/* Strings that the C library allocates for the program: strdup, strndup,
 * asprintf, getline over a pipe, open_memstream, and a qsort that is large
 * enough to allocate. How much asprintf, getline and stdio take is theirs to
 * know, so this program prints no counts. */
#define _GNU_SOURCE
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char *kept[8];

static void duplicates(void)
{
	for (int i = 0; i < 20; i++) {
		char *s = strdup("a string that is copied");
		char *t = strndup(s, 5 + i);
		free(s);
		if (i == 7)
			kept[0] = t;
		else
			free(t);
	}
}

static void formatted(void)
{
	for (int i = 1; i < 200; i += 20) {
		char *s;
		if (asprintf(&s, "%0*d", i, i) < 0)
			exit(1);
		if (i == 21)
			kept[1] = s;
		else
			free(s);
	}
}

static void lines(void)
{
	int ends[2];
	if (pipe(ends))
		exit(1);
	for (int i = 0; i < 6; i++) {
		char text[512];
		int n = snprintf(text, sizeof text, "%0*d\n", 60 * i + 1, i);
		if (write(ends[1], text, n) != n)
			exit(1);
	}
	close(ends[1]);
	FILE *f = fdopen(ends[0], "r");
	char *line = NULL;
	size_t size = 0;
	while (getline(&line, &size, f) > 0)
		;
	fclose(f);
	kept[2] = line;
}

static void stream(void)
{
	char *text;
	size_t size;
	FILE *f = open_memstream(&text, &size);
	for (int i = 0; i < 500; i++)
		fprintf(f, "%d ", i);
	fclose(f);
	free(text);
}

static int by_tail(const void *a, const void *b)
{
	return memcmp((const char *)a + 8, (const char *)b + 8, 8);
}

static void sorted(void)
{
	size_t n = 300;
	char *records = malloc(n * 16);
	for (size_t i = 0; i < n * 16; i++)
		records[i] = (char)(i * 37);
	qsort(records, n, 16, by_tail);
	free(records);
}

int main(void)
{
	duplicates();
	formatted();
	lines();
	stream();
	sorted();
	return 0;
}
