package main

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd"
	"heapprof/internal/testkit"
)

func TestEveryCommandAndOptionHasItsPlaceInThePages(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "man1")
	if err := writePages(dir); err != nil {
		t.Fatal(err)
	}
	root := cmd.Command()
	all := commands(root)
	if len(all) < 7 {
		t.Errorf("only %d commands", len(all))
	}
	for _, c := range all {
		page := readPage(t, dir, c)
		c.Flags().VisitAll(func(f *pflag.Flag) {
			if want := `\fB\-\-` + escape(f.Name) + `\fR`; strings.Contains(page, want) == f.Hidden {
				t.Errorf("%s.1: %q is there, or not: %t", name(c), want, !f.Hidden)
			}
		})
		if c != root && !strings.Contains(readPage(t, dir, c.Parent()), `\fB`+escape(name(c))+`\fR(1)`) {
			t.Errorf("%s.1 does not name %s(1)", name(c.Parent()), name(c))
		}
	}
}

func readPage(t *testing.T, dir string, c *cobra.Command) string {
	t.Helper()
	text, err := os.ReadFile(filepath.Join(dir, name(c)+".1"))
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// What man makes of a page is what --help has: each word of the description, and
// each example as one line.
func TestManShowsWhatHelpSays(t *testing.T) {
	man, dir := testkit.Tool(t, "man"), t.TempDir()
	if err := writePages(dir); err != nil {
		t.Fatal(err)
	}
	for _, c := range commands(cmd.Command()) {
		man := exec.Command(man, "--warnings", "-l", filepath.Join(dir, name(c)+".1"))
		man.Env = append(os.Environ(), "MANWIDTH=1000", "LC_ALL=C.UTF-8", "MANPAGER=cat", "MANROFFOPT=-rHY=0")
		r := testkit.Run(t, man)
		if r.Status != 0 || r.Stderr != "" {
			t.Errorf("man -l %s.1: status %d: %s", name(c), r.Status, r.Stderr)
		}
		shown := " " + strings.Join(strings.Fields(r.Stdout), " ") + " "
		for paragraph := range strings.SplitSeq(c.Long, "\n\n") {
			if want := strings.Join(strings.Fields(paragraph), " "); !strings.Contains(shown, want) {
				t.Errorf("man -l %s.1 lacks %q", name(c), want)
			}
		}
		for example := range strings.Lines(c.Example) {
			if !strings.Contains(r.Stdout, strings.TrimSpace(example)) {
				t.Errorf("man -l %s.1 lacks %q:\n%s", name(c), example, r.Stdout)
			}
		}
	}
}
