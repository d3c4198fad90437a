package reports

import (
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"

	"github.com/spf13/cobra"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/human"
	"heapprof/internal/report/json"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
)

// explainOptions is what heapprof explain was asked for.
type explainOptions struct {
	streams *console.Streams
	file    string
	number  int    // of the finding that is asked for; 0: all
	code    string // of the findings that are asked for; "": all
	json    bool
	output  string
	rules   frames.Rules
	source  opening.SourceFlags
	layout  Layout
}

// NewExplain returns the command. It calls run with what the flags ask for; if that is nil,
// runExplain.
func NewExplain(s *console.Streams, run func(*explainOptions) error) *cobra.Command {
	if run == nil {
		run = runExplain
	}
	o := &explainOptions{streams: s}
	var plumbing []string
	var form string
	c := &cobra.Command{
		Use:   "explain [flags] FILE [N]",
		Short: "Say what a profile shows and what to do about it",
		Long: `Say what a profile of heapprof run shows besides its numbers, and what to do about
it: which site grows without end, which frees too late, churns, copies. Each
finding has the exact numbers that it rests on, the stack with most of it, source
lines where the source is at hand, what to try, and when it would be mistaken.
The most important one comes first. With a number N, as run and report print
them, it shows that one in full. - reads standard input.

A finding is a claim, so that heapprof makes few of them. docs/FINDINGS.md has the
codes of all, with their conditions.`,
		Example: `  heapprof explain prog.json                 all findings
  heapprof explain prog.json 2               the second one in full, with its whole stack
  heapprof explain --code grows prog.json    those of one kind
  heapprof explain --format json prog.json   for a program`,
		Args: func(c *cobra.Command, args []string) error {
			if len(args) == 0 {
				return console.UsageError(c.Name(), console.ErrNoFile)
			}
			if len(args) > 2 {
				return console.UsageError(c.Name(), errExplainArgs)
			}
			if len(args) == 2 {
				n, err := strconv.Atoi(args[1])
				if _, swapped := strconv.Atoi(args[0]); err != nil && swapped == nil {
					return console.UsageError(c.Name(), console.ErrSwapped(c.Name(), args[1], args[0]))
				}
				if err != nil || n < 1 {
					return console.UsageError(c.Name(), errFindingNumber(args[1]))
				}
				o.number = n
			}
			return nil
		},
		ValidArgsFunction: console.CompleteProfiles(1),
		RunE: func(c *cobra.Command, args []string) error {
			o.file = args[0]
			i, err := names.Find("format", form, explainFormats())
			if err == nil && o.code != "" {
				_, err = names.Find("finding", o.code, heapCodes())
			}
			if err != nil {
				return console.UsageError(c.Name(), err)
			}
			o.json = explainFormats()[i] == "json"
			if o.rules, err = opening.ReadRules(plumbing, nil); err != nil {
				return opening.RuleError(c.Name(), err)
			}
			if o.output == "" || o.output == "-" {
				o.layout = Layout{width: s.Width, color: s.OutTerminal && s.Color}
			}
			return run(o)
		},
	}
	c.Flags().SortFlags = false
	c.Flags().StringVar(&o.code, "code", "", "only findings of the `CODE`: "+strings.Join(heapCodes(), ", "))
	c.Flags().StringVar(&form, "format", explainFormats()[0], "write as `FORMAT`: "+strings.Join(explainFormats(), ", "))
	c.Flags().StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	o.source.Add(c)
	opening.AddPlumbing(c.Flags(), &plumbing)
	console.CompleteFlag(c, "code", heapCodes())
	console.CompleteFlag(c, "format", explainFormats())
	return c
}

func explainFormats() []string { return []string{"text", "json"} }

// heapCodes returns the codes of findings about the heap in alphabetical order.
func heapCodes() []string {
	var codes []string
	for _, c := range finding.HeapCodes() {
		codes = append(codes, string(c))
	}
	slices.Sort(codes)
	return codes
}

func runExplain(o *explainOptions) error {
	if console.SameFile(o.file, o.output) {
		return console.Failure(console.ErrOverwrite(o.output))
	}
	p, err := opening.Profile(o.streams, o.file)
	if err != nil {
		return err
	}
	e := NewExplainer(opening.NewSource(p, o.file, o.rules), &o.source)
	all := e.Findings
	if o.number > len(all) {
		return console.Failure(errNoSuchFinding(opening.InputName(o.file), len(all), o.number))
	}
	chosen := slices.DeleteFunc(slices.Clone(all), func(f Numbered) bool {
		return o.code != "" && string(f.Code) != o.code || o.number > 0 && f.Number != o.number
	})
	return console.WriteOutput(o.streams, o.output, func(w io.Writer) error {
		switch {
		case o.json:
			return json.Findings(w, e.json(chosen))
		case len(chosen) == 0:
			_, err := fmt.Fprintln(w, nothingFound(e, o.code))
			return err
		}
		var items []text.Item
		for _, f := range chosen {
			items = append(items, e.Item(f, o.number > 0))
		}
		return text.Items(w, text.Options{Width: o.layout.width, Color: o.layout.color, Items: items})
	})
}

// json returns findings as they stand in JSON.
func (e *Explainer) json(findings []Numbered) []json.Finding {
	var all []json.Finding
	for _, f := range findings {
		j := json.Finding{
			Code: string(f.Code), Type: f.Type, Bytes: f.Amount.Bytes, Blocks: f.Amount.Blocks, Share: f.Amount.Share, Evidence: f.Grounds, Text: wording.Headline(f.Finding, e.Units),
		}
		if f.Site != nil {
			j.Function, j.File, j.Line = f.Site.Function, f.Site.File, f.Site.Line
		}
		all = append(all, j)
	}
	return all
}

// nothingFound says that there is no finding, and what was looked at.
func nothingFound(e *Explainer, code string) string {
	p := e.Source.Profile
	looked := human.Counted(uint64(len(p.Points)), "stack")
	switch {
	case p.Measure().IsOfCalls():
		return fmt.Sprintf("findings are about the heap, and %s counts %s: heapprof report shows where they come from", e.Source.Name, e.Units.BlockName)
	case code != "":
		return fmt.Sprintf("nothing found of the kind %s in %s", code, looked)
	case len(p.Points) == 0:
		return "nothing was recorded"
	case p.Recording == nil:
		return fmt.Sprintf("nothing found in %s: most findings need what heapprof run records", looked)
	case !p.Recording.HasFacts:
		return fmt.Sprintf("nothing found in %s: most findings need what a newer heapprof run records", looked)
	case !p.Sampling.IsExact():
		return fmt.Sprintf("nothing found in %s: most findings need every block, recorded without --sample", looked)
	case p.IsAttached():
		return fmt.Sprintf("nothing found in %s of %s: no site grows, comes and goes or copies enough to be worth a word; what leaks is not known of a program that was attached to", looked, e.Units.Blocks(p.Totals().TotalBlocks))
	}
	return fmt.Sprintf("nothing found in %s of %s: no site grows, leaks on a path, comes and goes or copies enough to be worth a word", looked, e.Units.Blocks(p.Totals().TotalBlocks))
}

// NoFindings says why nothing was found.
func NoFindings(e *Explainer) string {
	switch p := e.Source.Profile; {
	case p.Measure().IsOfCalls():
		return "findings are about the heap"
	case p.Measure() == profile.MappedPages:
		return "findings are about the heap"
	case p.Span != nil:
		return "findings are about whole runs"
	}
	return nothingFound(e, "")
}
