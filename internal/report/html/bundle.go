package html

import (
	"fmt"
	"io/fs"
	"path"
	"regexp"
	"strings"

	"github.com/tdewolff/minify/v2"
	"github.com/tdewolff/minify/v2/css"
	"github.com/tdewolff/minify/v2/js"
)

var (
	importLine = regexp.MustCompile(`(?m)^import \{[^}]*\} from "\./([a-z_]+\.js)";\n`)
	exportWord = regexp.MustCompile(`(?m)^export `)
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
		text = importLine.ReplaceAll(text, nil)
		b.Write(exportWord.ReplaceAll(text, nil))
		state[name] = done
		return nil
	}
	if err := add(main); err != nil {
		return "", err
	}
	return b.String(), nil
}

// small returns a script or a style sheet that does the same in fewer bytes: without comments and spaces, and with
// short names for what is local. A page is sent and kept, and whoever wants to read the code has it in the repository.
func small(mediatype, text string) (string, error) {
	m := minify.New()
	m.Add("text/javascript", &js.Minifier{})
	m.Add("text/css", &css.Minifier{})
	return m.String(mediatype, text)
}
