package desktop

import (
	"strings"
	"testing"
)

func TestAnEditorIsStartedAtTheLine(t *testing.T) {
	for editor, want := range map[string]string{
		"vi": "vi +7 a.c", "": "vi +7 a.c", "/usr/bin/nano -w": "/usr/bin/nano -w +7 a.c", "emacsclient -t": "emacsclient -t +7 a.c",
		"code": "code --wait --goto a.c:7", "hx": "hx a.c:7",
	} {
		if got := strings.Join(editorArguments(editor, "a.c", 7), " "); got != want {
			t.Errorf("%q: %q, want %q", editor, got, want)
		}
	}
	if got := editorArguments("vi", "-c.c", 7); got[2] != "./-c.c" {
		t.Errorf("a file that looks like a flag is %q", got[2])
	}
}
