package cmd

import (
	"heapprof/internal/tracker"

	"github.com/spf13/cobra"
)

// newAttachGuard is a guard of attach's, which attach starts.
func newAttachGuard() *cobra.Command {
	return &cobra.Command{
		Use:    tracker.GuardCommand + " PID RECORD TOKEN",
		Short:  "Make a program what it was when the heapprof that is attached to it is killed",
		Hidden: true,
		Args:   cobra.ExactArgs(3),
		RunE:   func(_ *cobra.Command, args []string) error { return tracker.Guard(args) },
	}
}
