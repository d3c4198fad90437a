/* Prints what a program has from who started it: its arguments, blocked and pending
 * signals, those that are ignored, a tracer, descriptors, words of the auxiliary
 * vector. Ends with status 3. */
#include <dirent.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/auxv.h>

int main(int argc, char **argv)
{
	for (int i = 1; i < argc; i++)
		puts(argv[i]);
	char line[256];
	FILE *status = fopen("/proc/self/status", "r");
	while (status && fgets(line, sizeof line, status))
		if (!strncmp(line, "Sig", 3) || !strncmp(line, "ShdPnd", 6) || !strncmp(line, "Tracer", 6))
			if (strncmp(line, "SigQ", 4))
				fputs(line, stdout);
	if (status)
		fclose(status);
	int descriptors = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d))
		descriptors++;
	printf("%d descriptors, %lu, %s\n", descriptors, getauxval(AT_ENTRY), (char *)getauxval(AT_PLATFORM));
	return 3;
}
