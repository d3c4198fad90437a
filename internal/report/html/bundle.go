package html

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"
)

var (
	importLine = regexp.MustCompile(`(?m)^import \{[^}]*\} from "\./([a-z_]+\.js)";\n`)
	exportWord = regexp.MustCompile(`(?m)^export `)

	lineComment = regexp.MustCompile(`(?m)^\s*//.*\n`)
	textComment = regexp.MustCompile(`(?s)[ \t]*/\*.*?\*/`)
	indentation = regexp.MustCompile(`(?m)^[ \t]+|[ \t]+$|^\n`)
)

// bundle returns a module and all that it imports as one, each after what it imports.
//
// There is no build step: the modules are written so that this is enough. They import by name, in one
// line, and export only where they declare. What they declare at their outermost level has names of its own,
// which the browser checks: in one module two declarations of a name are a syntax error.
func bundle(files fs.FS, main string) (string, error) {
	var b strings.Builder
	state := map[string]int{}
	const visiting, done = 1, 2
	var add func(name string) error
	add = func(name string) error {
		switch state[name] {
		case done:
			return nil
		case visiting:
			return fmt.Errorf("%s imports itself", name)
		}
		state[name] = visiting
		text, err := fs.ReadFile(files, name)
		if err != nil {
			return err
		}
		for _, found := range importLine.FindAllSubmatch(text, -1) {
			if err := add(path.Join(path.Dir(name), string(found[1]))); err != nil {
				return err
			}
		}
		text = withoutNotes(importLine.ReplaceAll(text, nil), lineComment)
		b.Write(exportWord.ReplaceAll(text, nil))
		state[name] = done
		return nil
	}
	if err := add(main); err != nil {
		return "", err
	}
	return b.String(), nil
}

// withoutNotes returns a text without comments and indentation, which are a third of it: a page is sent and kept, and
// whoever wants to read the code has it in the repository. Comments of a script are those that are lines of their own, so that
// no text in quotes is taken for one; no text in quotes may be of several lines.
func withoutNotes(text []byte, comment *regexp.Regexp) []byte {
	return indentation.ReplaceAll(comment.ReplaceAll(text, nil), nil)
}
