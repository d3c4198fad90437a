package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"heapprof/internal/tracker"
)

func newSnapshot(s *Streams) *cobra.Command {
	return &cobra.Command{
		Use:   "snapshot PID [NAME]",
		Short: "Record who holds the blocks of a program that is recorded, now",
		Long: `snapshot copies process PID, which runs under heapprof run: the program, or a child
of it that is recorded, too. When the recording ends, heapprof finds in the copy which
blocks were held by which variables, and which by nothing. The process is stopped for
the time that the kernel takes to copy it, some 0.1 s a gigabyte, and sees nothing of it.

The moment gets NAME (snapshot, if none is given), as heapprof mark gives it one; a name
of which there is one gets a number. heapprof report --retained --at NAME and holders
show the snapshot. A process may have eight.

The program should run under heapprof run --retained=mark, which clears blocks when they are
allocated: without it a block's old contents may look like pointers, so that a block
seems to be held which is lost.`,
		Example: `  heapprof run --retained=mark -o srv.json.gz ./server &
  heapprof snapshot $(pgrep -x server) warm
  heapprof report --retained --at warm srv.json.gz`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return usageError(c.Name(), errSnapshotArguments)
			}
			return nil
		},
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(c *cobra.Command, args []string) error {
			name := "snapshot"
			if len(args) == 2 {
				name = args[1]
			}
			pid, err := markedProcess(c, args[0], name)
			if err != nil {
				return err
			}
			m, err := tracker.Snapshot(pid, name)
			if err != nil {
				return failure(markError(c.Name(), pid, err))
			}
			return s.tellMarked("copied for snapshot", pid, m)
		},
	}
}

var errSnapshotArguments = errors.New("a process is needed, and a name may follow: heapprof snapshot PID [NAME]")
