package screen

import (
	"errors"
	"fmt"
	"time"

	"github.com/spf13/pflag"
)

// AddPeriod defines the flag for how often a recording under way is looked at.
func AddPeriod(flags *pflag.FlagSet, period *time.Duration) {
	*period = time.Second
	flags.Var((*periodFlag)(period), "period", "look anew each `TIME`")
}

// periodFlag is the time between two looks, as a flag.
type periodFlag time.Duration

func (p *periodFlag) String() string { return time.Duration(*p).String() }

func (p *periodFlag) Type() string { return "duration" }

// Set takes a time with its unit.
func (p *periodFlag) Set(text string) error {
	d, err := time.ParseDuration(text)
	if err != nil {
		return errors.New("it is no time: write 500ms, 2s or 1m")
	}
	*p = periodFlag(d)
	return nil
}

// CheckPeriod refuses what is no time between looks.
func CheckPeriod(period time.Duration) error {
	const least = 50 * time.Millisecond
	if period < least {
		return fmt.Errorf("--period %s is too short: it is %s at least", period, least)
	}
	return nil
}
