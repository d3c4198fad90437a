// Package cmd is heapprof's command line. The commands are in the packages below it, which it puts together; what all of it
// does is tested here by its front door. Nothing but the program itself and internal/man imports it.
package cmd

import (
	"errors"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/export"
	"heapprof/cmd/judge"
	"heapprof/cmd/record"
	"heapprof/cmd/reports"
	"heapprof/cmd/screen"
	"heapprof/cmd/web"
)

// Main runs heapprof with args (without the program's name) and returns the
// exit status.
func Main(args []string) int {
	return Run(console.SystemStreams(), args)
}

// Run runs heapprof with args on the given streams, and returns the exit status.
func Run(s *console.Streams, args []string) int {
	root := Root(s)
	root.SetArgs(args)
	err := console.UnknownCommand(root, args)
	if err == nil {
		err = root.Execute()
	}
	if err == nil {
		return console.ExitOK
	}
	var exit *console.ExitError
	if !errors.As(err, &exit) {
		// Only cobra's own complaints arrive without a status.
		errors.As(console.UsageError("", err), &exit)
	}
	if exit.Err != nil {
		s.Complain(exit.Err)
	}
	return exit.Status
}

// Command returns heapprof's commands for programs that describe them, with the completion
// that cobra otherwise adds only when a command runs.
func Command() *cobra.Command {
	root := Root(console.SystemStreams())
	root.InitDefaultCompletionCmd()
	return root
}

// Root returns heapprof's commands, which read from and write to the given streams.
func Root(s *console.Streams) *cobra.Command {
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
	root.Version = console.VersionLine()
	root.SetVersionTemplate("{{.Version}}\n")
	root.SetIn(s.In)
	root.SetOut(s.Out)
	root.SetErr(s.Err)
	root.SetHelpFunc(func(c *cobra.Command, _ []string) { console.WriteHelp(s.Out, c, s.HelpWidth()) })
	root.SetFlagErrorFunc(func(c *cobra.Command, err error) error {
		err = console.WithNearestFlag(c, err)
		if c == root {
			return console.UsageError("", err)
		}
		return console.UsageError(c.Name(), err)
	})
	root.AddCommand(record.NewRun(s), record.NewAttach(s), reports.NewReport(s, nil), screen.NewView(s, nil), record.NewTop(s, nil), reports.NewExplain(s, nil), reports.NewDiff(s, nil), judge.NewCheck(s, nil), reports.NewList(s, nil), reports.NewHolders(s, nil), export.NewFlame(s, nil), web.NewHTML(s, nil), export.NewPProf(s, nil), record.NewServe(s, nil), export.NewConvert(s, nil), export.NewMerge(s, nil), export.NewSymbolize(s, nil), record.NewMark(s), record.NewSnapshot(s), judge.NewTest(s), judge.NewTestRunner(s, Run), record.NewBench(s), newVersion(s), record.NewAttachGuard())
	return root
}
