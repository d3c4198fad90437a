package cmd

import "github.com/spf13/cobra"

func newRun(s *Streams) *cobra.Command {
	return &cobra.Command{Use: "run [flags] PROG [ARG…]", Short: "Record every allocation of a program"}
}
