package console

import (
	"cmp"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/report/names"
)

// otherWords are commands as people call them who think of another tool, or of what they want
// to know, and ours.
var otherWords = map[string]string{
	"record": "run", "profile": "run", "exec": "run", "start": "run", "trace": "run", "launch": "run", "collect": "run",
	"dhat": "run", "memcheck": "run", "massif": "run", "track": "run", "sample": "run --sample",

	"analyze": "report", "analyse": "report", "show": "report", "view": "report", "open": "report", "print": "report",
	"table": "report", "stats": "report", "summary": "report", "top": "report", "peak": "report --peak", "sites": "report",
	"leaks": "report --leaks", "leak": "report --leaks", "churn": "report --churn", "temporary": "report --churn",
	"owners": "report --retained", "retained": "report --retained", "dominators": "report --retained", "reachable": "report --retained",
	"who": "holders", "whoholds": "holders", "paths": "holders", "path": "holders", "refs": "holders", "references": "holders",
	"deep": "holders --of", "deepsize": "holders --of", "memuse": "holders --of", "size": "holders --of", "sizeof": "holders --of",
	"growth": "report --growth", "resident": "report --resident", "tree": "report --tree", "types": "report --by type",
	"crates": "report --by crate", "frees": "report --who-frees", "drops": "report --by drop", "mappings": "report --mappings",
	"histogram": "report --histogram", "sizes": "report --histogram", "threads": "report --by thread",
	"findings": "explain", "advice": "explain", "why": "explain", "annotate": "list", "source": "list", "lines": "list",

	"flamegraph": "flame", "flames": "flame", "svg": "flame", "graph": "flame", "plot": "flame", "picture": "flame",
	"speedscope": "flame --format speedscope", "folded": "flame --format folded", "collapse": "flame --format folded", "transform": "flame",
	"compare": "diff", "delta": "diff", "export": "convert", "heapsnapshot": "convert", "chrome": "convert", "devtools": "convert",
	"firefox": "convert", "sqlite": "convert", "sql": "convert", "jsonl": "convert", "import": "convert",
}

// otherFlags are flags as other tools have them, by the command, and ours.
var otherFlags = map[string]map[string]string{
	"run": {
		"trace-children": "children", "follow-fork": "children", "follow-forks": "children", "num-callers": "depth", "stack-depth": "depth", "max-depth": "depth",
		"dhat-out-file": "output", "massif-out-file": "output", "out": "output", "out-file": "output", "file": "output", "interval": "sample", "rate": "sample",
	},
	"report": {
		"leak-check": "leaks", "show-leaks": "leaks", "temporary": "churn", "limit": "top", "inverted": "bottom-up", "reverse": "bottom-up", "group-by": "by",
		"order-by": "sort", "metric": "sort", "filter": "focus", "grep": "focus", "hide": "ignore", "out": "output",
	},
	"diff":  {"limit": "top", "group-by": "by", "order-by": "sort", "metric": "sort", "filter": "focus", "hide": "ignore", "threshold": "min-change", "out": "output"},
	"flame": {"leaks": "metric end-bytes", "sort": "metric", "cost-type": "metric", "filter": "focus", "hide": "ignore", "out": "output", "type": "format"},
}

// otherForms are flags that other commands have, and how this one is asked for the same.
var otherForms = map[string]map[string]string{
	"diff": {"at": "name moments with the files: heapprof diff FILE@A FILE@B", "between": "name moments with the files: heapprof diff FILE@A FILE@B"},
}

// OtherValues are metrics as people call them, and ours.
var OtherValues = map[string]string{
	"leaks": "end-bytes", "leak": "end-bytes", "leaked": "end-bytes", "live": "end-bytes", "end": "end-bytes", "unfreed": "end-bytes",
	"peak": "peak-bytes", "max": "max-bytes", "bytes": "peak-bytes", "size": "peak-bytes", "total": "total-bytes", "allocated": "total-bytes",
	"allocations": "total-blocks", "allocs": "total-blocks", "count": "total-blocks", "calls": "total-blocks", "blocks": "total-blocks",
	"temporary": "temporary-blocks", "churn": "temporary-blocks", "age": "lifetime", "lifetimes": "lifetime",
}

// UnknownCommand returns the error for a command line whose command there is not; nil where
// there is.
func UnknownCommand(root *cobra.Command, args []string) error {
	if len(args) == 0 || strings.HasPrefix(args[0], "-") || args[0] == "help" || args[0] == "completion" || strings.HasPrefix(args[0], "__complete") {
		return nil
	}
	if found, _, err := root.Find(args); err == nil && found != root {
		return nil
	}
	err := fmt.Errorf("unknown command %q for %q", args[0], root.Name())
	if meant := meantCommand(root, args); meant != nil {
		return &ExitError{Status: ExitUsage, Err: fmt.Errorf("%w; did you mean %s?", err, typed(root, meant))}
	}
	return UsageError("", err)
}

// typed returns a command line as a shell reads it.
func typed(root *cobra.Command, words []string) string {
	line := root.Name()
	for _, w := range words {
		line += " " + wording.ShellQuote(w)
	}
	return line
}

// meantCommand returns the arguments that a command line most probably stands for, whose
// command there is not; nil where that cannot be told.
func meantCommand(root *cobra.Command, args []string) []string {
	name, rest := args[0], args[1:]
	if words, ok := otherWords[strings.ToLower(name)]; ok && isOffered(root, strings.Fields(words)) {
		return append(strings.Fields(words), rest...)
	}
	if IsProfile(name) {
		if len(rest) == 1 && IsProfile(rest[0]) {
			return append([]string{"diff"}, args...)
		}
		return append([]string{"report"}, args...)
	}
	if strings.Contains(name, "/") || isOnPath(name) {
		return append([]string{"run"}, args...)
	}
	var commands []string
	for _, c := range root.Commands() {
		commands = append(commands, c.Name())
	}
	if near := names.Nearest(name, commands); near != "" {
		return append([]string{near}, rest...)
	}
	return nil
}

// isOffered reports whether there is a command with such a flag, if the words have one.
func isOffered(root *cobra.Command, words []string) bool {
	c, _, err := root.Find(words[:1])
	if err != nil || len(words) == 1 {
		return err == nil
	}
	return c.Flags().Lookup(strings.TrimPrefix(words[1], "--")) != nil
}

// isOnPath reports whether a program of this name is on PATH.
func isOnPath(name string) bool {
	return slices.ContainsFunc(filepath.SplitList(os.Getenv("PATH")), func(dir string) bool {
		info, err := os.Stat(filepath.Join(dir, name))
		return err == nil && info.Mode().IsRegular() && info.Mode().Perm()&0o111 != 0
	})
}

// IsProfile reports whether a file is a profile, by its first bytes; one that does not exist
// by its name.
func IsProfile(name string) bool {
	info, err := os.Stat(name)
	if err != nil {
		return slices.ContainsFunc(ProfileSuffixes, func(s string) bool { return strings.HasSuffix(name, "."+s) })
	}
	return info.Mode().IsRegular() && format.IsProfile(name)
}

// WithNearestFlag adds to the error for a flag that a command has not which one is meant, or
// which command has it. That for a flag's value says what that must be.
func WithNearestFlag(c *cobra.Command, err error) error {
	var invalid *pflag.InvalidValueError
	if errors.As(err, &invalid) {
		what := map[string]string{"int": "whole number", "float64": "number"}[invalid.GetFlag().Value.Type()]
		if what != "" {
			return fmt.Errorf("--%s %q is no %s", invalid.GetFlag().Name, invalid.GetValue(), what)
		}
	}
	var unknown *pflag.NotExistError
	if !errors.As(err, &unknown) || len(unknown.GetSpecifiedName()) < 2 {
		return err
	}
	name := unknown.GetSpecifiedName()
	if meant := otherFlags[c.Name()][name]; meant != "" && c.Flags().Lookup(strings.Fields(meant)[0]) != nil {
		return fmt.Errorf("%w; did you mean --%s?", err, meant)
	}
	if form := otherForms[c.Name()][name]; form != "" {
		return fmt.Errorf("%w; %s", err, form)
	}
	own := flagNames(c)
	if near := cmp.Or(sameFlag(name, own), names.Nearest(name, own)); near != "" {
		return fmt.Errorf("%w; did you mean --%s?", err, near)
	}
	report, _, _ := c.Root().Find([]string{"report"}) // the one that is asked most
	for _, other := range append([]*cobra.Command{report}, c.Root().Commands()...) {
		if flag := sameFlag(name, flagNames(other)); flag != "" && other != c {
			return fmt.Errorf("%w; heapprof %s has --%s", err, other.Name(), flag)
		}
	}
	return err
}

// flagNames returns the names of a command's flags that are shown.
func flagNames(c *cobra.Command) (all []string) {
	c.LocalFlags().VisitAll(func(f *pflag.Flag) {
		if !f.Hidden {
			all = append(all, f.Name)
		}
	})
	return all
}

// sameFlag returns the one of flags that name is but for hyphens, as maxnodes is max-nodes; "" where none is.
func sameFlag(name string, flags []string) string {
	plain := func(s string) string { return strings.NewReplacer("-", "", "_", "").Replace(s) }
	if i := slices.IndexFunc(flags, func(f string) bool { return plain(f) == plain(name) }); i >= 0 {
		return flags[i]
	}
	return ""
}

// WithNearestValue has the error for a name that is not one of a set say which one is meant,
// where people call it otherwise.
func WithNearestValue(err error) {
	var unknown *names.UnknownName
	if errors.As(err, &unknown) {
		if meant := OtherValues[strings.ToLower(unknown.Name)]; slices.Contains(unknown.Valid, meant) {
			unknown.Meant = meant
		}
	}
}
