/* Says what dl_iterate_phdr tells of what is mapped, in its order, as "module=" lines, where
 * some functions are, and "ready"; then it waits for the end of standard input, and ends
 * with 3. */
#define _GNU_SOURCE
#include <errno.h>
#include <link.h>
#include <stdio.h>

static int show(struct dl_phdr_info *info, size_t size, void *unused)
{
	(void)size, (void)unused;
	printf("module=%lx %lx %u %s\n", (unsigned long)info->dlpi_addr, (unsigned long)info->dlpi_phdr, info->dlpi_phnum, info->dlpi_name);
	return 0;
}

int main(void)
{
	dl_iterate_phdr(show, NULL);
	printf("dl_iterate_phdr=%lx\n__errno_location=%lx\nready\n", (unsigned long)dl_iterate_phdr, (unsigned long)__errno_location);
	fflush(stdout);
	while (getchar() != EOF)
		;
	return 3;
}
