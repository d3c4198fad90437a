package web

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"heapprof/cmd/console"
	"heapprof/cmd/export"
	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
)

// pageSuffixes are how the names of pages end.
var pageSuffixes = []string{".html", ".htm"}

// pageName returns where the page goes.
func (o *HTMLOptions) pageName() (string, error) {
	output := o.output
	if output == "" {
		output = defaultPageName(o.inputs)
		if !mayReplace(output) {
			return "", console.Failure(errOtherPage(output))
		}
	}
	for _, in := range o.inputs {
		if console.SameFile(in.File, output) {
			return "", console.Failure(console.ErrOverwrite(output))
		}
	}
	return output, nil
}

// defaultPageName returns the name of a page in the working directory: prog.html of /tmp/prog.json.gz, and
// before-after.html of two profiles.
func defaultPageName(inputs []reports.MomentInput) string {
	var parts []string
	for _, in := range inputs {
		name := opening.PageStem(in.File)
		if !slices.Contains(parts, name) {
			parts = append(parts, name)
		}
		if in.Named {
			parts = append(parts, strings.Map(fileRune, in.Moment))
		}
	}
	if len(inputs) == 2 && len(parts) == 1 {
		parts = append(parts, "diff")
	}
	return strings.Join(parts, "-") + pageSuffixes[0]
}

// fileRune returns what stands for a letter of a moment in a file's name, which is to be one in a URL, too; -1: nothing.
func fileRune(r rune) rune {
	switch {
	case strings.ContainsRune("%#?", r):
		return -1
	case r <= ' ' || r == '/' || r == '\\' || r == 0x7f:
		return '_'
	}
	return r
}

// mayReplace reports whether a file that nobody named may be written: there is none, or it is a page that
// heapprof has made, and not somebody's own index.html.
func mayReplace(name string) bool {
	f, err := os.Open(name)
	if err != nil {
		return errors.Is(err, fs.ErrNotExist)
	}
	defer f.Close()
	if info, err := f.Stat(); err != nil || !info.Mode().IsRegular() {
		return false
	}
	head, err := io.ReadAll(io.LimitReader(f, 4096))
	return err == nil && bytes.Contains(head, []byte(`<meta name="generator" content="heapprof">`))
}

// checkPageName returns the error for a name that is none of a page. What exists and is no regular file, as
// /dev/stdout, may have any name.
func checkPageName(output string) error {
	if slices.Contains(pageSuffixes, strings.ToLower(filepath.Ext(output))) {
		return nil
	}
	if info, err := os.Stat(output); err == nil && !info.Mode().IsRegular() {
		return nil
	}
	if command := export.CommandFor(output); command != "" {
		return fmt.Errorf("html writes pages, whose names end in .html: for %s use heapprof %s", output, command)
	}
	return fmt.Errorf("%s does not end in .html, by which browsers know a page", output)
}

func errOtherPage(name string) error {
	return fmt.Errorf("%s exists, and is no page of heapprof: -o FILE.html chooses another name, or that one", wording.ShellQuote(name))
}
