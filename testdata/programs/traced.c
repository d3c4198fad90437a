// Runs a command as debuggers do: it traces it, with all that it makes, and passes its status on.
#include <signal.h>
#include <stdio.h>
#include <sys/ptrace.h>
#include <sys/wait.h>
#include <unistd.h>

int main(int argc, char **argv) {
	if (argc < 2) return 1;
	pid_t child = fork();
	if (child == 0) {
		ptrace(PTRACE_TRACEME, 0, 0, 0);
		execvp(argv[1], argv + 1);
		perror(argv[1]);
		_exit(1);
	}
	int status, stray = 0;
	for (int begun = 0; waitpid(child, &status, __WALL) == child && WIFSTOPPED(status); begun = 1) {
		if (!begun) ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_TRACEFORK | PTRACE_O_TRACECLONE | PTRACE_O_TRACEVFORK | PTRACE_O_EXITKILL);
		// Whatever the child has made would stop as well.
		if (begun && status >> 16 != 0) stray++;
		int number = WSTOPSIG(status);
		ptrace(PTRACE_CONT, child, 0, number == SIGTRAP ? 0 : number);
	}
	printf("followed=%d\n", stray);
	return WIFEXITED(status) ? WEXITSTATUS(status) : 1;
}
