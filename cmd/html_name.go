package cmd

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
)

// pageSuffixes are how the names of pages end.
var pageSuffixes = []string{".html", ".htm"}

// pageName returns where the page goes.
func (o *htmlOptions) pageName() (string, error) {
	output := o.output
	if output == "" {
		output = defaultPageName(o.inputs)
		if !mayReplace(output) {
			return "", failure(errOtherPage(output))
		}
	}
	for _, in := range o.inputs {
		if sameFile(in.file, output) {
			return "", failure(errOverwrite(output))
		}
	}
	return output, nil
}

// defaultPageName returns the name of a page in the working directory: prog.html of /tmp/prog.json.gz, and
// before-after.html of two profiles.
func defaultPageName(inputs []momentInput) string {
	var parts []string
	for _, in := range inputs {
		name := pageStem(in.file)
		if !slices.Contains(parts, name) {
			parts = append(parts, name)
		}
		if in.named {
			parts = append(parts, strings.Map(fileRune, in.moment))
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

// pageStem returns the name of a profile without its directory and suffixes.
func pageStem(file string) string {
	if file == stdinName {
		return "heapprof"
	}
	stem := filepath.Base(file)
	for _, suffix := range []string{".gz", ".zst", ".json"} {
		stem = strings.TrimSuffix(stem, suffix)
	}
	if stem == "" || stem == "." || stem == string(filepath.Separator) {
		return "heapprof"
	}
	return stem
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
	if command := commandFor(output); command != "" {
		return fmt.Errorf("html writes pages, whose names end in .html: for %s use heapprof %s", output, command)
	}
	return fmt.Errorf("%s does not end in .html, by which browsers know a page", output)
}

func errOtherPage(name string) error {
	return fmt.Errorf("%s exists, and is no page of heapprof: -o FILE.html chooses another name, or that one", shellQuote(name))
}
