/* 8,000 network buffers with a header of 16 bytes before the data. It is linked with jemalloc,
 * whose size classes are 1,024 bytes and then 1,280.
 *
 * planted:  1,024 bytes of data: blocks of 1,040 bytes, which take 1,280. Of 9.77 MiB that
 *           the allocator has for them 1.83 MiB are lost. Must be found: rounding, at the marked line.
 * harmless: 1,008 bytes of data: blocks of 1,024 bytes, which take as many.
 *           Must not be found: rounding. */
#include "pace.h"

static char *buffers[8000];

static char *new_buffer(size_t data)
{
	char *buffer = malloc(16 + data); /* site: rounding */
	memset(buffer, 0, 16 + data);
	return buffer;
}

int main(int argc, char **argv)
{
	size_t data = is_planted(argc, argv) ? 1024 : 1008;
	for (int i = 0; i < 8000; i++)
		buffers[i] = new_buffer(data);
	for (int i = 0; i < 100; i++)
		next_request();
	return buffers[7999][0];
}
