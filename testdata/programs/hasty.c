/* Ends as soon as it is let go on after a copy, while others of its threads are not yet; or after some seconds, if it
 * had no processor in that moment. */
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

enum { THREADS = 40 };

static volatile int started, last;

static void *wait_forever(void *unused)
{
	last = syscall(SYS_gettid);
	started++;
	for (;;)
		pause();
	return unused;
}

static int is_traced(const char *status)
{
	char text[1024];
	FILE *file = fopen(status, "r");
	if (!file)
		return 0;
	size_t n = fread(text, 1, sizeof text - 1, file);
	fclose(file);
	text[n] = 0;
	const char *tracer = strstr(text, "TracerPid:\t");
	return tracer && atoi(tracer + 11) != 0;
}

int main(void)
{
	for (int i = 0; i < THREADS; i++) {
		pthread_t thread;
		if (pthread_create(&thread, NULL, wait_forever, NULL))
			return 1;
		while (started == i)
			usleep(100);
	}
	char status[64];
	snprintf(status, sizeof status, "/proc/self/task/%d/status", last);
	puts("ready");
	fflush(stdout);
	for (time_t end = time(NULL) + 3; !is_traced(status) && time(NULL) < end;)
		;
	_exit(0);
}
