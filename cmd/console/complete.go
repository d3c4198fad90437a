package console

import "github.com/spf13/cobra"

// OneProfile checks the arguments of a command that reads one profile.
func OneProfile(c *cobra.Command, args []string) error {
	switch {
	case len(args) == 0:
		return UsageError(c.Name(), ErrNoFile)
	case len(args) > 1:
		return UsageError(c.Name(), errTooManyFiles(len(args)))
	}
	return nil
}

// ProfileSuffixes are how the names of profiles end.
var ProfileSuffixes = []string{"json", "json.gz", "json.zst"}

// CompleteProfiles completes the arguments of a command that reads n profiles.
func CompleteProfiles(n int) cobra.CompletionFunc {
	return func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
		if len(args) >= n {
			return nil, cobra.ShellCompDirectiveNoFileComp
		}
		return ProfileSuffixes, cobra.ShellCompDirectiveFilterFileExt
	}
}

// CompleteFlag lets a shell complete a flag whose value is one of names.
func CompleteFlag(c *cobra.Command, flag string, names []string) {
	// The only error is a flag that is not defined.
	_ = c.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(names, cobra.ShellCompDirectiveNoFileComp))
}
