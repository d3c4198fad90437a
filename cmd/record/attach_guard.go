package record

import (
	"github.com/spf13/cobra"

	"heapprof/internal/tracker"
)

// NewAttachGuard is a guard of attach's, which attach starts.
func NewAttachGuard() *cobra.Command {
	return &cobra.Command{
		Use:    tracker.GuardCommand + " PID RECORD TOKEN",
		Short:  "Make a program what it was when the heapprof that is attached to it is killed",
		Hidden: true,
		Args:   cobra.ExactArgs(3),
		RunE:   func(_ *cobra.Command, args []string) error { return tracker.Guard(args) },
	}
}
