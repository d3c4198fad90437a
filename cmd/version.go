package cmd

import (
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
)

func newVersion(s *console.Streams) *cobra.Command {
	return &cobra.Command{
		Use:               "version",
		Short:             "Print the version",
		Long:              "Print heapprof's version, and the Go release and the platform it was built with and for.",
		Example:           "  heapprof version",
		Args:              cobra.NoArgs,
		ValidArgsFunction: cobra.NoFileCompletions,
		RunE: func(*cobra.Command, []string) error {
			return console.WriteOutput(s, "", func(w io.Writer) error {
				_, err := fmt.Fprintln(w, console.VersionLine())
				return err
			})
		},
	}
}
