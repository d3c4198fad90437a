// Package cmd is heapprof's command line: one file a subcommand. All that is said to a
// person is worded here, by the rules in ui.go. It imports what does the work: tracker and
// the names of allocators' functions to record, format and profile for files, and the rooms
// of report to show them. Nothing but the program itself and internal/man imports it.
package cmd

import (
	"errors"

	"github.com/spf13/cobra"
)

// Main runs heapprof with args (without the program's name) and returns the
// exit status.
func Main(args []string) int {
	return mainWith(systemStreams(), args)
}

func mainWith(s *Streams, args []string) int {
	root := newRoot(s)
	root.SetArgs(args)
	err := unknownCommand(root, args)
	if err == nil {
		err = root.Execute()
	}
	if err == nil {
		return exitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		// Only cobra's own complaints arrive without a status.
		errors.As(usageError("", err), &exit)
	}
	if exit.Err != nil {
		s.complain(exit.Err)
	}
	return exit.Status
}

// Command returns heapprof's commands for programs that describe them, with the completion
// that cobra otherwise adds only when a command runs.
func Command() *cobra.Command {
	root := newRoot(systemStreams())
	root.InitDefaultCompletionCmd()
	return root
}

func newRoot(s *Streams) *cobra.Command {
	root := &cobra.Command{
		Use:   "heapprof",
		Short: "A heap profiler for unmodified Linux programs",
		Long: `heapprof records every allocation of a program, with its call stack, and shows
where the heap goes: what is live at the peak, what is never freed, what is
churn. The program needs no rebuilding. Profiles are DHAT files: those of
valgrind --tool=dhat and dhat-rs can be looked at too.`,
		Example: `  heapprof run ./prog its arguments           record
  heapprof attach --duration 60s 4711         record what runs already
  heapprof report heapprof.prog.4711.json.gz  look
  heapprof explain prog.json.gz               what to do
  heapprof html --open prog.json.gz           look at it in a browser
  heapprof flame prog.json.gz -o heap.svg     look at a picture
  heapprof list load_row prog.json.gz         look at a function, line by line
  heapprof holders Node prog.json.gz          who holds these (run --retained)
  heapprof diff before.json.gz after.json.gz  compare
  heapprof merge worker.*.json.gz -o all.json.gz       add up
  heapprof check --max peak-bytes=10MiB prog.json.gz   in tests
  heapprof bench --per parse ./bench          blocks and bytes a call`,
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.Version = versionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { writeHelp(s.Out, c, s.helpWidth()) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		err = withNearestFlag(c, err)
		if c == root {
			return usageError("", err)
		}
		return usageError(c.Name(), err)
	})
	root.AddCommand(newRun(s), newAttach(s), newReport(s, nil), newView(s, nil), newTop(s, nil), newExplain(s, nil), newDiff(s, nil), newCheck(s, nil), newList(s, nil), newHolders(s, nil), newFlame(s, nil), newHTML(s, nil), newPProf(s, nil), newServe(s, nil), newConvert(s, nil), newMerge(s, nil), newSymbolize(s, nil), newMark(s), newSnapshot(s), newTest(s), newTestRunner(s), newBench(s), newVersion(s), newAttachGuard())
	return root
}
