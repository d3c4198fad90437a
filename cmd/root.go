// Package cmd is heapprof's command line: one file a subcommand.
package cmd

import (
	"errors"
	"fmt"

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
	err := root.Execute()
	if err == nil {
		return exitOK
	}
	var exit *exitError
	if !errors.As(err, &exit) {
		// Only cobra's own complaints arrive without a status.
		exit = &exitError{Status: exitUsage, Err: err}
	}
	if exit.Err != nil {
		fmt.Fprintf(s.Err, "heapprof: %v\n", exit.Err)
	}
	return exit.Status
}

func newRoot(s *Streams) *cobra.Command {
	root := &cobra.Command{
		Use:           "heapprof",
		Short:         "A heap profiler for unmodified Linux programs",
		SilenceErrors: true,
		SilenceUsage:  true,
	}
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.AddCommand(newRun(s))
	return root
}
