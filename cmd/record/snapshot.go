package record

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/underway"
	"heapprof/internal/report/names"
	"heapprof/internal/tracker"
)

// NewSnapshot returns the command snapshot.
func NewSnapshot(s *console.Streams) *cobra.Command {
	noCopy := false
	c := &cobra.Command{
		Use:   "snapshot [flags] PID [NAME]",
		Short: "Write a profile of a program that is recorded, now",
		Long: `snapshot has a profile written of process PID, which runs under heapprof run: the
program, or a child of it that is recorded, too. It is of all until now, has a number
in its name, and is there when the command ends; the program runs on meanwhile. Where
PID is that of heapprof itself, it is one for each process that matters.

The moment gets NAME (snapshot, if none is given), as heapprof mark gives it one; a name
of which there is one gets a number. In the profile of the end, report --at NAME shows it.

The process is also copied, for which it is stopped for the time that the kernel takes,
some 0.1 s a gigabyte; it sees nothing of it. When the recording ends, heapprof finds in
the copy which blocks were held by which variables, and which by nothing: report
--retained --at NAME and holders show that of the profile of the end. A process may have
eight copies, which take memory as far as the program writes to its own until then;
--no-copy makes none. The program should run under heapprof run --retained=mark, which
clears blocks when they are allocated: without it a block's old contents may look like
pointers, so that a block seems to be held which is lost.`,
		Example: `  heapprof run -o srv.json.gz ./server &
  heapprof snapshot --no-copy $(pgrep -x server)
  heapprof report srv.1.json.gz
  heapprof snapshot $(pgrep -x server) warm`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) < 1 || len(args) > 2 {
				return console.UsageError(c.Name(), errSnapshotArguments)
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
			m, err := tracker.Snapshot(pid, name, !noCopy)
			if err != nil {
				return console.Failure(underway.MarkError(c.Name(), pid, err))
			}
			return tellSnapshot(s, pid, m, noCopy)
		},
	}
	c.Flags().BoolVar(&noCopy, "no-copy", false, "write the profile alone, and copy no process to tell who holds what")
	return c
}

// tellSnapshot prints what a snapshot came to.
func tellSnapshot(s *console.Streams, pid int, m tracker.Snapshotted, noCopy bool) error {
	done := "copied for snapshot"
	if !m.Copied {
		done = "marked"
	}
	if err := tellMarked(s, done, pid, m.Marked); err != nil {
		return err
	}
	for _, file := range m.Files {
		if _, err := fmt.Fprintf(s.Out, "wrote %s\n", names.Printable(fromHere(file))); err != nil {
			return err
		}
	}
	if len(m.Files) == 0 {
		s.Say("no profile could be written now: the heapprof that records says why")
	}
	if !m.Copied && !noCopy {
		s.Say("who holds what will not be told of this moment, as process %d could not be copied: it has %d copies already, is sampled, or protected; --no-copy asks for none", pid, tracker.MaxMarkSnapshots)
	}
	return nil
}

// fromHere returns the path of a file from the working directory, if it is in that.
func fromHere(file string) string {
	here, err := os.Getwd()
	if err != nil {
		return file
	}
	if path, err := filepath.Rel(here, file); err == nil && !strings.HasPrefix(path, "..") {
		return path
	}
	return file
}

var errSnapshotArguments = errors.New("a process is needed, and a name may follow: heapprof snapshot PID [NAME]")
