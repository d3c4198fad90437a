// Keeps up to 40 blocks, of which 20 are left at its exit, loses 5 others, and counts what it sees of copies that
// are made of it meanwhile: each part is to be 0. With an argument, it need not be all alone in its own list of children.
#include <dirent.h>
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

enum { MOST = 40, LEFT = 20, LOST = 5, BYTES = 64 << 10 };

void *kept[MOST];

static volatile sig_atomic_t told;
static void on_child(int number) { (void)number, told++; }

static int descriptors(void) {
	int n = 0;
	DIR *d = opendir("/proc/self/fd");
	while (d && readdir(d)) n++;
	closedir(d);
	return n;
}

static int children(void) {
	char path[64], list[64];
	snprintf(path, sizeof path, "/proc/self/task/%d/children", getpid());
	FILE *f = fopen(path, "r");
	int n = f && fgets(list, sizeof list, f) != NULL;
	if (f) fclose(f);
	return n;
}

int main(int argc, char **argv) {
	(void)argv;
	int alone = argc == 1, errnos = 0, waited = 0, waited_all = 0, masks = 0, open_ends = 0, listed = 0, opened = 0;
	struct sigaction action = {.sa_handler = on_child};
	sigaction(SIGCHLD, &action, NULL);
	int before = descriptors();
	sigset_t mask, now;
	sigprocmask(SIG_SETMASK, NULL, &mask);
	for (int i = 0; i < LOST; i++) {
		char *volatile lost = malloc(100);
		lost[0] = 1;
		lost = NULL;
	}
	for (int i = 0; i < MOST + LEFT; i++) {
		int ends[2];
		if (pipe(ends)) return 1;
		errno = 77;
		if (i < MOST) kept[i] = malloc(BYTES);
		else free(kept[i - LEFT]), kept[i - LEFT] = NULL;
		errnos += errno != 77;
		usleep(3000);
		char *volatile small = malloc(10);
		free(small);
		close(ends[1]);
		struct pollfd end = {.fd = ends[0], .events = POLLIN};
		open_ends += poll(&end, 1, 0) != 1 || !(end.revents & POLLHUP);
		close(ends[0]);
		waited += waitpid(-1, NULL, WNOHANG) != -1 || errno != ECHILD;
		if (alone) waited_all += waitpid(-1, NULL, WNOHANG | __WALL) != -1 || errno != ECHILD;
		if (alone) listed += children();
		opened += descriptors() != before;
		sigprocmask(SIG_SETMASK, NULL, &now);
		masks += memcmp(&mask, &now, 8) != 0;
	}
	printf("errno=%d wait=%d wait_all=%d mask=%d pipe=%d listed=%d descriptors=%d sigchld=%d\n",
		errnos, waited, waited_all, masks, open_ends, listed, opened, (int)told);
	return 3;
}
