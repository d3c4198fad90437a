package cmd

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
)

// TestHelpFitsTheTerminal holds the help of every command to the terminal's width, and to 80
// columns where there is none. Only what is typed is never broken.
func TestHelpFitsTheTerminal(t *testing.T) {
	for width, columns := range map[int]int{0: 80, 60: 60, 80: 80, 100: 100, 300: 100} {
		var each func(c *cobra.Command)
		each = func(c *cobra.Command) {
			var out bytes.Buffer
			args := append(strings.Fields(c.CommandPath())[1:], "--help")
			if status := Run(&console.Streams{Out: &out, Err: &out, Width: width}, args); status != 0 {
				t.Errorf("%q: status %d", args, status)
			}
			for line := range strings.Lines(out.String()) {
				line = strings.TrimRight(line, "\n")
				typed := strings.HasPrefix(line, "  ") && strings.Contains(line, c.Root().Name()+" ") && columns < 80
				literal := strings.HasPrefix(line, "\t") || strings.Contains(line, "https://")
				if n := utf8.RuneCountInString(line); n > columns && !typed && !literal {
					t.Errorf("%q at %d columns: %d: %s", args, columns, n, line)
				}
			}
			c.LocalFlags().VisitAll(func(f *pflag.Flag) {
				if strings.Contains(f.Usage, "\n") {
					t.Errorf("%q: --%s breaks its lines itself", args, f.Name)
				}
			})
			for _, below := range c.Commands() {
				each(below)
			}
		}
		each(Command())
	}
}
