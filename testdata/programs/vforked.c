/* A child of vfork that says "ready" and waits for the end of standard input, with its
 * parent's memory; then the parent goes on, says "turns=1", and ends with 3. */
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

int main(void)
{
	pid_t child = vfork();
	if (child == 0) {
		char c;
		if (write(1, "ready\n", 6) != 6)
			_exit(9);
		while (read(0, &c, 1) > 0)
			;
		_exit(0);
	}
	waitpid(child, NULL, 0);
	puts("turns=1");
	return 3;
}
