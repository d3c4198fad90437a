package cmd

import (
	"errors"
	"fmt"

	"github.com/spf13/pflag"

	"heapprof/internal/config"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// addPlumbing defines the flag that says what is plumbing besides what is known as such.
func addPlumbing(flags *pflag.FlagSet, plumbing *[]string) {
	flags.StringArrayVar(plumbing, "plumbing", nil,
		"take for an allocator what has a function, file, module or crate that matches `RE`, too, so that who calls it is the site; may be repeated")
}

// readRules returns what a user says about the frames of a program: in heapprof.toml, in the working
// directory or above, and by flags. What the flags call own stands alone, what they call plumbing is
// added.
func readRules(plumbing, own []string) (frames.Rules, error) {
	c, err := config.Find(".")
	if err != nil {
		return frames.Rules{}, errConfig(err)
	}
	rules := frames.Rules{Own: c.Own, Plumbing: c.Plumbing}
	if len(own) > 0 {
		rules.Own = own
	}
	for _, expr := range plumbing {
		re, err := config.CompilePlumbing(expr)
		switch {
		case errors.Is(err, config.ErrMatchesAll):
			return frames.Rules{}, &flagError{fmt.Errorf("--plumbing %q matches every name: write what only the plumbing's have", expr)}
		case err != nil:
			return frames.Rules{}, &flagError{errRegexp("plumbing", expr, err)}
		}
		rules.Plumbing = append(rules.Plumbing, re)
	}
	return rules, nil
}

// ruleError returns an error of readRules for the named command: a flag is its usage, a file
// is not.
func ruleError(name string, err error) error {
	var flag *flagError
	if errors.As(err, &flag) {
		return usageError(name, err)
	}
	return failure(err)
}

// flagError is an error of readRules for what a flag says.
type flagError struct{ error }

// errConfig returns the error for a heapprof.toml that says nothing that is understood.
func errConfig(err error) error {
	var e *config.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%s:%d: %w", e.Path, e.Line, configFault(e))
}

// configFault words what is wrong with a file.
func configFault(e *config.Error) error {
	switch e.Fault {
	case config.UnknownKey:
		_, err := names.Find("key", e.Key, config.Keys())
		return err
	case config.NotAList:
		return fmt.Errorf("%s must be a list of texts: %s = [\"…\"]", e.Key, e.Key)
	case config.NotRegexp:
		return fmt.Errorf("%s has what is not a regular expression: %s", e.Key, e.Detail)
	case config.MatchesAll:
		return fmt.Errorf("%s has a regular expression that matches every name: write what only the plumbing's have", e.Key)
	}
	return fmt.Errorf("not a file in TOML: %s", e.Detail)
}
