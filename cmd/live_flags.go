package cmd

import (
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// addPeriod defines the flag for how often a recording under way is looked at.
func addPeriod(flags *pflag.FlagSet, period *time.Duration) {
	flags.DurationVar(period, "period", time.Second, "look anew each `TIME`")
}

// checkPeriod refuses what is no time between looks.
func checkPeriod(period time.Duration) error {
	const least = 50 * time.Millisecond
	if period < least {
		return fmt.Errorf("--period %s is too short: it is %s at least", period, least)
	}
	return nil
}
