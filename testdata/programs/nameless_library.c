/* Loads a copy of the library argv[2] (a build of plugin.c) that no file has the
 * name of: argv[1] is memfd (memory that is a file), held (a file that is deleted
 * while a descriptor is open), deleted (without one), brief (likewise, and the program
 * ends at once) or brief-memfd (memory, likewise). The library makes 20 blocks that live to the end. The program waits a
 * fifth of a second otherwise, as one that goes on does. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

typedef void *allocate(size_t);

static void *kept[20];

int main(int argc, char **argv)
{
	if (argc < 3)
		return 2;
	char path[64] = "/tmp/nameless_XXXXXX";
	int memory = strstr(argv[1], "memfd") != NULL;
	int from = open(argv[2], O_RDONLY), to = memory ? memfd_create("nameless", 0) : mkstemp(path);
	static char buffer[4096];
	ssize_t n;
	while ((n = read(from, buffer, sizeof buffer)) > 0)
		if (write(to, buffer, (size_t)n) != n)
			return 2;
	close(from);
	if (memory)
		snprintf(path, sizeof path, "/proc/self/fd/%d", to);
	void *library = dlopen(path, RTLD_NOW);
	if (!memory)
		unlink(path);
	if (!library)
		return 1;
	int brief = !strncmp(argv[1], "brief", 5);
	if (brief || !strcmp(argv[1], "deleted"))
		close(to);
	allocate *get = (allocate *)dlsym(library, "plugin_allocate");
	for (int i = 0; i < 20; i++)
		kept[i] = get(1000);
	if (!brief)
		usleep(200000);
	return kept[0] == NULL;
}
