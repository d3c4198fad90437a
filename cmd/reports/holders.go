package reports

import (
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/report/csv"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// holdersOptions is what heapprof holders was asked for.
type holdersOptions struct {
	streams *console.Streams
	blocks  *regexp.Regexp // whose holders are asked for; nil: of is
	of      string         // the thing whose size is asked for
	file    string
	at      string
	top     int
	rules   frames.Rules
	format  ViewFormat
	layout  Layout
	output  string
}

// NewHolders returns the command. It calls run with what the flags ask for; if that is nil, runHolders.
func NewHolders(s *console.Streams, run func(*holdersOptions) error) *cobra.Command {
	if run == nil {
		run = runHolders
	}
	o := &holdersOptions{streams: s}
	var plumbing []string
	var format string
	c := &cobra.Command{
		Use:   "holders [flags] SITE|TYPE FILE",
		Short: "Show who holds the blocks of a site or a type, and how large things are",
		Long: `Show who held the blocks of a site or a type at a snapshot of run --retained: how
many each variable holds, and the shortest way that leads to them. SITE|TYPE is a
regular expression, which a function, a place as index.c:12, or a type matches.

With --of it shows how large one thing is with all that it holds: a variable, or
the blocks of a type or of a site. Shallow is the thing itself; retained is what
would be freed with it; deep is all that it leads to, also what others hold.`,
		Example: `  heapprof holders Node prog.json               who holds the nodes
  heapprof holders parse.c:20 prog.json         who holds what a line allocates
  heapprof holders --of g_cache prog.json       how large a variable is
  heapprof holders --of 'type Order' prog.json  how large all Orders are, and each
  heapprof holders --of 'site load' prog.json   how large what load allocates is`,
		Args: func(c *cobra.Command, args []string) error {
			switch wants := 2; {
			case o.of != "" && len(args) == wants:
				return console.UsageError(c.Name(), errHoldersOfBoth)
			case o.of != "":
				return console.OneProfile(c, args)
			case len(args) != wants:
				return console.UsageError(c.Name(), errHoldersArguments)
			case console.IsProfile(args[0]) && !console.IsProfile(args[1]):
				return console.UsageError(c.Name(), console.ErrSwapped(c.Name(), args[1], args[0]))
			}
			return nil
		},
		ValidArgsFunction: func(c *cobra.Command, args []string, text string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 && o.of == "" {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			return console.CompleteProfiles(2)(c, args, text)
		},
		RunE: func(c *cobra.Command, args []string) (err error) {
			o.file, o.layout = args[len(args)-1], outputLayout(s, o.output)
			if o.top < 0 {
				return console.UsageError(c.Name(), console.ErrNegative("top", o.top, "all"))
			}
			if o.of == "" {
				if o.blocks, err = regexp.Compile(args[0]); err != nil {
					return console.UsageError(c.Name(), opening.ErrNotRegexp("SITE|TYPE", args[0], err))
				}
			}
			if o.format, err = ParseViewFormat(format); err != nil {
				return console.UsageError(c.Name(), err)
			}
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			return run(o)
		},
	}
	flags := c.Flags()
	flags.SortFlags = false
	flags.StringVar(&o.of, "of", "", "show how large a `THING` is with all that it holds: a variable, 'type TYPE' or 'site FUNCTION'")
	flags.StringVar(&o.at, "at", "", "show another `SNAPSHOT` than that of the peak: exit, a mark or a time")
	flags.IntVar(&o.top, "top", 10, "show `N` owners or things, the largest; 0 shows all, with all ways")
	opening.AddPlumbing(flags, &plumbing)
	flags.StringVar(&format, "format", TableFormat, "write as `FORMAT`: "+strings.Join(viewFormatNames(), ", "))
	flags.StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	console.CompleteFlag(c, "format", viewFormatNames())
	_ = c.RegisterFlagCompletionFunc("at", opening.CompleteSnapshots)
	return c
}

func runHolders(o *holdersOptions) error {
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	s, err := opening.Snapshot(o.streams, o.file, o.at, o.rules)
	if err != nil {
		return err
	}
	if s.LeaksOnly {
		return console.Failure(errOwnersUntold(opening.InputName(o.file)))
	}
	if o.of != "" {
		return runHoldersOf(o, s)
	}
	h := held.NewHolders(s, o.blocks)
	if h.All.Blocks == 0 { // "Box<[u8; 16]>"
		h = held.NewHolders(s, regexp.MustCompile(regexp.QuoteMeta(o.blocks.String())))
	}
	if h.All.Blocks == 0 {
		return console.Failure(errNoHeldBlocks(o, s))
	}
	options := text.HoldersOptions{
		Options: text.Options{Width: o.layout.width, Color: o.layout.color, Head: holdersHead(h, o)},
		Most:    o.top, Owner: wording.OwnerWords, Way: func(holder *held.Holder, w *held.Way) string { return wayWords(h.Units, holder, w) }, Chained: "chained", Shared: wording.SharedWords, Lost: wording.LostWords,
	}
	return writePage(o.streams, o.output, o.format, pageForms{
		json:     func(w io.Writer) error { return json.Holders(w, h) },
		csv:      func(w io.Writer) error { return csv.Holders(w, h) },
		markdown: func(w io.Writer) error { return text.MarkdownHolders(w, h, options) },
		table:    func(w io.Writer) error { return text.Holders(w, h, options) },
	})
}

// holdersHead returns the lines above a page on who holds some blocks.
func holdersHead(h *held.Holders, o *holdersOptions) []text.Fact {
	const most = 3 // things that have a line
	facts := wording.SnapshotHead(h.Of, o.layout.width)
	label := "blocks"
	if h.Callers {
		label = "called"
		facts = append(facts, wording.NoteFact(fmt.Sprintf("no site and no type matches %q; these are what functions that match had allocated", o.blocks)))
	}
	for i, t := range h.Things {
		if i == most && len(h.Things) > most+1 {
			return append(facts, text.Fact{Text: fmt.Sprintf("… and of %d more sites", len(h.Things)-most)})
		}
		facts = append(facts, text.Fact{Label: label, Text: fmt.Sprintf("%s in %s: %s", h.Units.Size(t.Bytes), h.Units.Blocks(t.Blocks), wording.ThingWords(t.Thing))})
		label = ""
	}
	return facts
}

// wayWords says of how many of a holder's blocks a way is that of, if not of all, and from which owner it comes if the holder
// is none.
func wayWords(u human.Units, holder *held.Holder, w *held.Way) (share string) {
	switch part := w.Blocks / float64(holder.Blocks); {
	case holder.Lost:
		share = "they hang on"
	case len(holder.Ways) > 1 && !w.Exact:
		share = "about " + u.Percentage(100*part) + ":"
	case len(holder.Ways) > 1:
		share = u.Percentage(100*part) + ":"
	case !w.Exact:
		share = "mostly"
	}
	if holder.Owner == nil && w.Owner != nil {
		name, where := wording.OwnerWords(w.Owner)
		share = strings.TrimSpace(share + " " + name + "  " + where)
	}
	return share
}

var (
	errHoldersArguments = errors.New("a site or a type and a profile are needed: heapprof holders SITE|TYPE FILE, or heapprof holders --of THING FILE")
	errHoldersOfBoth    = errors.New("--of asks how large a thing is, and SITE|TYPE who holds blocks: leave one of them out")
)

func errOwnersUntold(name string) error {
	return fmt.Errorf("%s tells what is lost and not who holds the rest, as that took more memory than run --retained-memory allowed", name)
}

func errNoHeldBlocks(o *holdersOptions, s *held.Of) error {
	pattern := o.blocks.String()
	near := ""
	if name := nearestName(pattern, s.Names()); name != "" {
		near = fmt.Sprintf("; did you mean %q?", names.Printable(name))
	}
	return fmt.Errorf("no block that lived at the snapshot of %s is of a site or a type that matches %q%s", opening.InputName(o.file), pattern, near)
}

// nearestName returns that of names which another one most probably means, whatever its case and its outer scopes; "" where
// none is near.
func nearestName(name string, all []string) string {
	scopeless := func(s string) string { return s[strings.LastIndex(s, ":")+1:] }
	for _, form := range []func(string) string{func(s string) string { return s }, scopeless} {
		forms := make([]string, len(all))
		for i, v := range all {
			forms[i] = strings.ToLower(form(v))
		}
		if i := slices.Index(forms, names.Nearest(name, forms)); i >= 0 && forms[i] != "" {
			return all[i]
		}
	}
	return ""
}
