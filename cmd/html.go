package cmd

import (
	"io"

	"github.com/spf13/cobra"

	"heapprof/internal/report/frames"
	"heapprof/internal/report/html"
	"heapprof/internal/report/page"
	"heapprof/internal/report/view"
)

// htmlOptions is what heapprof html was asked for.
type htmlOptions struct {
	streams *Streams
	files   []string
	output  string
	rules   frames.Rules
}

// newHTML returns the command. It calls run with what the flags ask for; if that is nil, runHTML.
func newHTML(s *Streams, run func(*htmlOptions) error) *cobra.Command {
	if run == nil {
		run = runHTML
	}
	o := &htmlOptions{streams: s}
	c := &cobra.Command{
		Use:   "html [flags] FILE [FILE2]",
		Short: "Write a page to look at in a browser",
		Args:  cobra.RangeArgs(1, 2),
		RunE: func(c *cobra.Command, args []string) error {
			o.files = args
			return run(o)
		},
	}
	c.Flags().StringVarP(&o.output, "output", "o", "", "write to `FILE`, which appears whole or not at all")
	return c
}

func runHTML(o *htmlOptions) error {
	var sources []*view.Source
	for _, file := range o.files {
		p, err := openProfile(o.streams, file)
		if err != nil {
			return err
		}
		sources = append(sources, newSource(p, file, o.rules))
	}
	_, data, err := page.Build(sources, page.Options{Maker: versionLine()})
	if err != nil {
		return failure(err)
	}
	return writeOutput(o.streams, o.output, func(w io.Writer) error { return html.Write(w, "heapprof", data) })
}
