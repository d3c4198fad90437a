package cmd

import (
	"bytes"
	"fmt"
	"io"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/names"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker"
	"heapprof/internal/wholefile"
)

func TestReportRefusesWrongFlagsWithStatus2(t *testing.T) {
	for args, want := range map[string]string{
		"":                         "no profile was named",
		"--sort peek-bytes p.json": `did you mean "peak-bytes"?`,
		"--format jsn p.json":      `did you mean "json"?`,
		"--by sites p.json":        `did you mean "site"?`,
		"--top -1 p.json":          "--top -1 is negative",
		"--top x p.json":           `"x"`,
		"--min 101 p.json":         "--min 101 is not a percentage",
		"--min -1 p.json":          "--min -1 is not a percentage",
		"--min NaN p.json":         "--min NaN is not a percentage",
		"--focus ( p.json":         `--focus "(" is not a regular expression: missing closing )`,
		"--ignore *x p.json":       "--ignore",
		"--bottom-up p.json":       "add --tree",
		"--tree --by stack p.json": "leave out --by stack",
		"--tree --sort lifetime p": "average",

		"--by drop --sort peak-bytes p":  "valid are bytes, blocks",
		"--sort bytes p":                 "unknown metric",
		"--by drop --who-frees p":        "leave out --by drop or --who-frees",
		"--by drop --tree --bottom-up p": "leave out --bottom-up",
		"--who-frees --tree p":           "leave out --tree",
		"--who-frees --by stack p":       "leave out --by stack",
		"--leaks --who-frees p":          "leave out --by drop or --who-frees, or the question",
		"--leaks --churn p":              "--leaks and --churn are two questions: ask one at a time",
		"--mappings --by drop p":         "leave out --mappings",
		"--nosuch p.json":                "unknown flag: --nosuch",
	} {
		var errs bytes.Buffer
		s := &console.Streams{Out: &bytes.Buffer{}, Err: &errs}
		if status := Run(s, append([]string{"report"}, strings.Fields(args)...)); status != console.ExitUsage {
			t.Errorf("%q: status %d", args, status)
		}
		said := errs.String()
		if !strings.HasPrefix(said, "heapprof: ") || strings.Count(said, "\n") != 1 || !strings.Contains(said, want) || !strings.Contains(said, "heapprof report --help") {
			t.Errorf("%q: said %q, want %q", args, said, want)
		}
	}
}

func TestEveryCommandHasExamples(t *testing.T) {
	for _, c := range Root(&console.Streams{}).Commands() {
		if c.Name() != "version" && !c.Hidden && c.Example == "" {
			t.Errorf("heapprof %s --help has no example", c.Name())
		}
	}
}

func TestAMessageIsOneLineThatCannotSteerTheTerminal(t *testing.T) {
	var out strings.Builder
	s := &console.Streams{Err: &out}
	s.Say("%s was not found", "a\nheapprof: b\x1b[2Jc\u009bd\u2028e\xff")
	if got, want := out.String(), "heapprof: a heapprof: b·[2Jc·d e· was not found\n"; got != want {
		t.Errorf("%q, want %q", got, want)
	}
}

func TestAQuotedWordCannotSteerTheTerminalAndIsReadBack(t *testing.T) {
	bash, err := exec.LookPath("bash")
	if err != nil {
		testkit.Skip(t, "bash is missing")
	}
	for _, word := range []string{"plain.json", "", "a b", "it's", "a\x1b[31mb", "line\nheapprof: 'forged' \\", "\u2028é\u009b"} {
		quoted := wording.ShellQuote(word)
		if names.Printable(quoted) != quoted {
			t.Errorf("%q is quoted as %q", word, quoted)
		}
		back, err := exec.Command(bash, "-c", "printf %s "+quoted).Output()
		if err != nil || string(back) != word {
			t.Errorf("%q is quoted as %s, which a shell reads as %q, %v", word, quoted, back, err)
		}
	}
}

func TestTheHighestDepthThatIsNamedIsTheHighestThatRunTakes(t *testing.T) {
	deepest := map[uint64]uint64{tracker.MaxDepth - 2: tracker.MaxDepth + 1}
	for depth, want := range map[uint64]string{
		tracker.MaxDepth:     fmt.Sprintf("cut at --depth %d, which is the most\n", tracker.MaxDepth),
		tracker.MaxDepth - 1: fmt.Sprintf("cut at --depth %d; --depth %d is the most\n", tracker.MaxDepth-1, tracker.MaxDepth),
		tracker.MaxDepth - 2: fmt.Sprintf("cut at --depth %d, and some at %d too, which is the most\n", tracker.MaxDepth-2, tracker.MaxDepth),
	} {
		p := &profile.Profile{
			Points:    []profile.Point{{TotalBytes: 1, TotalBlocks: 1}},
			Recording: &profile.Recording{Depth: depth, Deepest: deepest[depth], Counts: profile.Counts{TruncatedStacks: 1, TruncatedBlocks: 1}},
		}
		var out strings.Builder
		if err := reports.Summary(&out, view.NewSource(p), 0, 0, false); err != nil || !strings.Contains(out.String(), want) {
			t.Errorf("%v, %s does not say %q", err, out.String(), want)
		}
	}
}

func TestTheHintAfterAReportFitsATerminal(t *testing.T) {
	file := filepath.Join(t.TempDir(), "p.json")
	if err := format.WriteFile(file, wholefile.Options{}, reporttest.WithFacts()); err != nil {
		t.Fatal(err)
	}
	for flag, want := range map[string]string{
		"--peak":    "heapprof: next: --leaks, --churn, --growth, --tree; heapprof list\n",
		"--leaks":   "heapprof: who called: --tree; a function line by line: heapprof list\n",
		"--growth":  "heapprof: a function line by line: heapprof list\n",
		"--by=type": "heapprof: next: --leaks, --churn, --growth, --tree; heapprof list\n",
		"--tree":    "",
	} {
		var said bytes.Buffer
		s := &console.Streams{Out: io.Discard, Err: &said, OutTerminal: true, ErrTerminal: true}
		if status := Run(s, []string{"report", flag, file}); status != 0 || strings.TrimPrefix(said.String(), "\n") != want || said.Len() > 80 {
			t.Errorf("%s: status %d, %q", flag, status, said.String())
		}
	}
}
