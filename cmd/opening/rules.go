package opening

import (
	"errors"
	"fmt"
	"strings"

	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/internal/config"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/names"
)

// AddPlumbing defines the flag that says what is plumbing besides what is known as such.
func AddPlumbing(flags *pflag.FlagSet, plumbing *[]string) {
	flags.StringArrayVar(plumbing, "plumbing", nil,
		"take for an allocator what has a function, file, module or crate that matches `RE`, too, so that who calls it is the site; may be repeated")
}

// ReadRules returns what a user says about the frames of a program: in heapprof.toml, in the working
// directory or above, and by flags. What the flags call own stands alone, what they call plumbing is
// added.
func ReadRules(plumbing, own []string) (frames.Rules, error) {
	c, err := config.Find(".")
	if err != nil {
		return frames.Rules{}, ErrConfig(err)
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
			return frames.Rules{}, &flagError{ErrRegexp("plumbing", expr, err)}
		}
		rules.Plumbing = append(rules.Plumbing, re)
	}
	return rules, nil
}

// RuleError returns an error of ReadRules for the named command: a flag is its usage, a file
// is not.
func RuleError(name string, err error) error {
	var flag *flagError
	if errors.As(err, &flag) {
		return console.UsageError(name, err)
	}
	return console.Failure(err)
}

// flagError is an error of ReadRules for what a flag says.
type flagError struct{ error }

// ErrConfig returns the error for a heapprof.toml that says nothing that is understood.
func ErrConfig(err error) error {
	var e *config.Error
	if !errors.As(err, &e) {
		return err
	}
	return fmt.Errorf("%s:%d: %w", e.Path, e.Line, configFault(e))
}

// configFault words what is wrong with a file.
func configFault(e *config.Error) error {
	table, _, isOfTable := strings.Cut(e.Key, ".")
	switch e.Fault {
	case config.UnknownKey:
		key := e.Key
		if isOfTable {
			key = strings.TrimPrefix(key, table+".")
		} else {
			table = ""
		}
		_, err := names.Find("key", key, config.Keys(table))
		return err
	case config.WrongForm:
		return errors.New(configForm(e.Key))
	case config.NotRegexp:
		return fmt.Errorf("%s has what is not a regular expression: %s", e.Key, e.Detail)
	case config.MatchesAll:
		if e.Key == "plumbing" {
			return fmt.Errorf("%s has a regular expression that matches every name: write what only the plumbing's have", e.Key)
		}
		return fmt.Errorf("%s matches every name: write a part of the name of a function, a file or a library", e.Key)
	case config.BadLimit:
		return fmt.Errorf("%s has %s", e.Key, e.Detail)
	case config.BadPercent:
		return fmt.Errorf("%s must be a percentage: tolerance = \"1%%\"", e.Key)
	case config.NoLimit:
		return errors.New("a [[budget]] allows and forbids nothing: add max = [\"peak-bytes=10MiB\"], max-increase or fail-on")
	case config.NotOneIgnored:
		return errors.New("an [[ignore]] names what is known: either leak = \"…\" or finding = \"…\"")
	case config.NoReason:
		return errors.New("an [[ignore]] has no reason: add reason = \"…\", for whoever asks later")
	case config.NoFinding:
		return errors.New("at is where a finding is: of a leak, leak = \"…\" says that itself")
	}
	return fmt.Errorf("not a file in TOML: %s", e.Detail)
}

// configForm words how the value of a key must be written.
func configForm(key string) string {
	name := key[strings.LastIndexByte(key, '.')+1:]
	switch key {
	case "budget", "ignore":
		return fmt.Sprintf("%s must be a table: write [[%s]], and its keys below", key, key)
	case "tolerance", "budget.tolerance":
		return key + ` must be a percentage: tolerance = "1%"`
	case "own", "plumbing", "suppressions", "budget.max", "budget.max-increase", "budget.fail-on":
		return fmt.Sprintf(`%s must be a list of texts: %s = ["…"]`, key, name)
	}
	return fmt.Sprintf(`%s must be a text: %s = "…"`, key, name)
}
