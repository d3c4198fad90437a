#include "path.h"

#include "sys.h"

size_t path_directory(char *path, size_t size) {
	long got = sys_getcwd(path, size / 2); /* its length with the terminator */
	if (got <= 1) return 0;
	size_t n = (size_t)got - 1;
	if (path[n - 1] != '/') path[n++] = '/';
	return n;
}
