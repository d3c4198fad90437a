package cmd

import "github.com/spf13/cobra"

// oneProfile checks the arguments of a command that reads one profile.
func oneProfile(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return usageError(c.Name(), errNoFile)
	case len(args) > 1:
		return usageError(c.Name(), errTooManyFiles(len(args)))
	}
	return nil
}

// profileSuffixes are how the names of profiles end.
var profileSuffixes = []string{"json", "json.gz", "json.zst"}

// completeProfiles completes the arguments of a command that reads n profiles.
func completeProfiles(n int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return profileSuffixes, cobra.ShellCompDirectiveFilterFileExt
	}
}

// completeFlag lets a shell complete a flag whose value is one of names.
func completeFlag(c *cobra.Command, flag string, names []string) {
	// The only error is a flag that is not defined.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}
