package export

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/text"
	"heapprof/internal/symbol"
	"heapprof/internal/symbolize"
	"heapprof/internal/wholefile"
)

// symbolizeOptions is what heapprof symbolize was asked for.
type symbolizeOptions struct {
	streams *console.Streams
	file    string
	dirs    []string
	output  string

	debuginfod opening.DebuginfodFlags
}

// NewSymbolize returns the command. It calls run with what the flags ask for; if that is nil, runSymbolize.
func NewSymbolize(s *console.Streams, run func(*symbolizeOptions) error) *cobra.Command {
	if run == nil {
		run = runSymbolize
	}
	o := &symbolizeOptions{streams: s}
	c := &cobra.Command{
		Use:   "symbolize [flags] FILE",
		Short: "Name what has no names: functions and lines, found later",
		Long: `Name what has no functions or lines in a profile, as it was recorded where debug
information was not, or by a tool that writes addresses only; and write the
profile with the names. Its numbers stay as they are.

A profile has the path and build-id of each file that its code is in. The files,
and debug files of the same build-id, are looked for where they were, in
/usr/lib/debug, in the cache of debuginfod's clients, and in each --debug-dir: by
.build-id/ab/cdef.debug there or below usr/lib/debug, as unpacked packages have
it, by the path, or under the bare name. A file of another build is never used;
one without a build-id, only if it is older than the profile and fits.

Where DEBUGINFOD_URLS is set, what is not here is asked of those servers, as gdb
and elfutils do, by the same variables and into the same cache
(debuginfod-find(1)); run and attach ask them, too.

The other commands name what they can from local files when they read a profile,
and keep nothing.`,
		Example: `  heapprof symbolize prog.json.gz                       writes prog.symbolized.json.gz
  heapprof symbolize --debug-dir ./debug prog.json.gz   with debug files from elsewhere
  heapprof symbolize prog.json.gz -o prog.json.gz       in place
  DEBUGINFOD_URLS=https://debuginfod.elfutils.org heapprof symbolize prog.json.gz`,
		Args:              console.OneProfile,
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			if o.output != "" && o.output != "-" && !isProfileName(o.output) {
				return console.UsageError(c.Name(), errSymbolizeTo(o.output))
			}
			for _, dir := range o.dirs {
				if info, err := os.Stat(dir); err != nil || !info.IsDir() {
					return console.UsageError(c.Name(), fmt.Errorf("--debug-dir %s is no directory", wording.ShellQuote(dir)))
				}
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringArrayVar(&o.dirs, "debug-dir", nil, "look in `DIR`, too, for files and their debug files; may be given more than once")
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all (default NAME.symbolized.json.gz here)")
	o.debuginfod.Add(c)
	_ = c.MarkFlagDirname("debug-dir")
	return c
}

// isProfileName reports whether a name ends as those of profiles do.
func isProfileName(name string) bool {
	return slices.ContainsFunc(console.ProfileSuffixes, func(suffix string) bool { return strings.HasSuffix(name, "."+suffix) })
}

// errSymbolizeTo is the error for a name that is none of a profile of ours.
func errSymbolizeTo(output string) error {
	return fmt.Errorf("symbolize writes profiles, whose names end in .json, .json.gz or .json.zst, and %s does not: heapprof convert writes other formats of such a profile", output)
}

func runSymbolize(o *symbolizeOptions) error {
	if o.output == "-" && o.streams.OutTerminal {
		return console.UsageError("symbolize", errSymbolizeTerminal)
	}
	p, err := opening.Read(o.streams, o.file)
	if err != nil {
		return err
	}
	shown := console.NewProgress(o.streams)
	asked := symbolize.Options{
		DebugDirs: o.debugDirs(), Roots: o.dirs, All: true, Recorded: opening.RecordedAt(p, o.file), Progress: shown.Naming,
	}
	fetch := o.debuginfod.Start(o.streams, shown)
	if fetch != nil {
		asked.Fetch = fetch.Fetch
	}
	result := symbolize.Name(p, asked)
	shown.Clear()
	fetch.Tell(true)
	if err := o.tell(&result); err != nil {
		return err
	}
	if fetch == nil && !o.debuginfod.Off && mayBeServed(&result) {
		o.streams.Say("no debuginfod server was asked, as DEBUGINFOD_URLS is not set: https://debuginfod.elfutils.org asks those of most distributions")
	}
	if o.output == "-" {
		return console.WriteStream(o.streams.Out, "standard output", func(w io.Writer) error { return format.Write(w, "", p) })
	}
	output := o.output
	if output == "" {
		if result.IsEmpty() {
			return nil // there is nothing new in it
		}
		output = opening.PageStem(o.file) + ".symbolized.json.gz"
	}
	if err := format.WriteFile(output, wholefile.Options{}, p); err != nil {
		return console.Failure(err)
	}
	o.streams.Say("the profile is %s; to look at it: heapprof report %s", output, wording.ShellQuote(output))
	return nil
}

var errSymbolizeTerminal = errors.New("a profile would flood the terminal: name a file with -o prog.json.gz, or use a pipe")

// debugDirs returns the directories that hold separate debug files: the user's before the usual ones.
func (o *symbolizeOptions) debugDirs() (dirs []string) {
	for _, dir := range o.dirs {
		dirs = append(dirs, dir, filepath.Join(dir, "usr/lib/debug"))
	}
	return append(dirs, symbol.DefaultDebugDirs()...)
}

// tell prints what was found, a line a module, and what to do about the rest.
func (o *symbolizeOptions) tell(r *symbolize.Result) error {
	var facts []text.Fact
	for i := range r.Modules {
		if m := &r.Modules[i]; m.Nameless > 0 || !m.IsEmpty() || m.Why == "" {
			facts = append(facts, text.Fact{Label: filepath.Base(m.Of.Path), Text: symbolizedWords(m)})
		}
	}
	// The profile may go to standard output.
	if err := text.Facts(o.streams.Err, facts, o.streams.ErrWidth(), o.streams.ErrTerminal && o.streams.Color); err != nil {
		return console.Failure(err)
	}
	switch {
	case len(r.Modules) == 0:
		o.streams.Say("all functions and lines that the profile has addresses and files of are named already")
	case r.IsEmpty() && o.output == "":
		o.streams.Say("nothing more is known of it here: nothing is written without -o")
	case r.IsEmpty():
		o.streams.Say("nothing more is known of it here")
	default:
		found := strings.TrimSuffix(wording.LaterWords(&profile.Later{Named: uint64(r.Named), Lined: uint64(r.Lined), Parted: uint64(r.Parted)}), ",")
		if r.Unnamed > 0 {
			o.streams.Say("%s were found; %s without a function", found, remainWords(r.Unnamed))
		} else {
			o.streams.Say("%s were found", found)
		}
	}
	return nil
}

// mayBeServed reports whether a server may have a debug file that was found nowhere.
func mayBeServed(r *symbolize.Result) bool {
	return slices.ContainsFunc(r.Modules, func(m symbolize.Module) bool {
		return m.Of.BuildID != "" && !m.DebugInfo && m.Why != symbolize.NotAFile
	})
}

// remainWords returns how many places remain.
func remainWords(n int) string {
	if n == 1 {
		return "1 place remains"
	}
	return human.Count(uint64(n)) + " places remain"
}

// symbolizedWords returns what was found of one module's places, and where, or why not.
func symbolizedWords(m *symbolize.Module) string {
	var counts []string
	if m.Nameless > 0 {
		counts = append(counts, fmt.Sprintf("functions of %s of %s", human.Count(uint64(m.Named)), human.Counted(uint64(m.Nameless), "place")))
	}
	if m.Lineless > 0 {
		counts = append(counts, fmt.Sprintf("lines of %s of %s with a function", human.Count(uint64(m.Lined)), human.Counted(uint64(m.Lineless), "place")))
	}
	if m.Parted > 0 {
		counts = append(counts, "where functions begin of "+human.Count(uint64(m.Parted)))
	}
	words := strings.Join(counts, ", ")
	switch {
	case m.Why != "":
		return words + ": " + whyUnnamed(m)
	case m.ByPath:
		words += ", by its path alone, as the profile has no build-id of it"
	}
	switch {
	case !m.DebugInfo && (m.Named < m.Nameless || m.Lined < m.Lineless):
		return words + ": no debug information" + ofBuildID(m.Of) + " is here"
	case len(m.Files) > 1:
		return words + ": from " + m.Files[1]
	}
	return words + ": from " + m.Files[0]
}

// ofBuildID returns the words that name a module's build-id; "" where it has none.
func ofBuildID(m *profile.Module) string {
	if m.BuildID == "" {
		return ""
	}
	return " of build-id " + m.BuildID
}

// whyUnnamed returns why nothing was read of a module, in words.
func whyUnnamed(m *symbolize.Module) string {
	switch m.Why {
	case symbolize.NoFile:
		return m.Of.Path + " is not here, nor a debug file" + ofBuildID(m.Of)
	case symbolize.OtherBuild:
		return m.Of.Path + " is another build here, and no debug file" + ofBuildID(m.Of) + " is"
	case symbolize.Younger:
		return m.Of.Path + " was written after the profile, which has no build-id to tell whether it is the same"
	case symbolize.Unfitting:
		return m.Of.Path + " does not fit to where it was mapped: it is another build"
	case symbolize.NoCalls:
		return "the profile does not tell where in memory " + m.Of.Path + " was, and too few calls in what is there now fit to its addresses: it is another build, or they are few"
	case symbolize.NotAFile:
		return "it is no file"
	case symbolize.Unread:
		return m.Of.Path + " cannot be read as a program or library"
	}
	return string(m.Why)
}
