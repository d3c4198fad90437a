package desktop

import (
	"cmp"
	"io"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"strconv"
	"strings"
)

// Editor returns the user's editor, with arguments: $VISUAL, $EDITOR or vi.
func Editor() string { return cmp.Or(os.Getenv("VISUAL"), os.Getenv("EDITOR"), "vi") }

// Edit returns what opens an editor at a line of a file; 0 is the first one. It is an error if there is no
// such program.
func Edit(editor, file string, line int) (*Editing, error) {
	words := editorArguments(editor, file, max(line, 1))
	program, err := exec.LookPath(words[0])
	if err != nil {
		return nil, err
	}
	return &Editing{exec.Command(program, words[1:]...)}, nil
}

// editorArguments returns the words of a command that opens a file at a line. The editor is as the
// environment names it, with arguments.
func editorArguments(editor, file string, line int) []string {
	words := strings.Fields(editor)
	if len(words) == 0 {
		words = []string{"vi"}
	}
	if strings.HasPrefix(file, "-") {
		file = "./" + file
	}
	at := file + ":" + strconv.Itoa(line)
	switch strings.TrimSuffix(path.Base(filepath.ToSlash(words[0])), ".exe") {
	case "code", "codium", "code-insiders", "cursor":
		return append(words, "--wait", "--goto", at)
	case "hx", "helix", "subl", "zed":
		return append(words, at)
	}
	// vi, nano, emacs, micro, kak, joe and less take it so.
	return append(words, "+"+strconv.Itoa(line), file)
}

// Editing is an editor as a process, which takes the terminal that it is given.
type Editing struct{ *exec.Cmd }

// SetStdin sets what it reads, and SetStdout and SetStderr where it writes to.
func (e *Editing) SetStdin(r io.Reader) { e.Stdin = r }

// SetStdout is explained at SetStdin.
func (e *Editing) SetStdout(w io.Writer) { e.Stdout = w }

// SetStderr is explained at SetStdin.
func (e *Editing) SetStderr(w io.Writer) { e.Stderr = w }
