package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"testing"
)

func TestTheNearestFileAboveIsRead(t *testing.T) {
	dir := t.TempDir()
	below := filepath.Join(dir, "a", "b")
	if err := os.MkdirAll(below, 0o700); err != nil {
		t.Fatal(err)
	}
	write := func(dir, text string) {
		if err := os.WriteFile(filepath.Join(dir, fileName), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	write(dir, "own = ['app', \"app-core\"]\nplumbing = ['^pool::']\n")
	c, err := Find(below)
	if err != nil || !reflect.DeepEqual(c.Own, []string{"app", "app-core"}) || len(c.Plumbing) != 1 || c.Plumbing[0].String() != "^pool::" {
		t.Errorf("below the directory that has one: %v, %v", c, err)
	}
	write(below, "")
	if c, err = Find(below); err != nil || len(c.Own)+len(c.Plumbing) != 0 {
		t.Errorf("an empty file in the directory itself: %v, %v", c, err)
	}
}

func TestFaultsHaveTheirPlace(t *testing.T) {
	for text, want := range map[string]Error{
		"own = ['a']\n\nplumming = ['x']\n": {Line: 3, Key: "plumming", Fault: UnknownKey},
		"[budget]\nheap = 3\n":              {Line: 1, Key: "budget", Fault: UnknownKey},
		"plumbing = [\n'x',\n'x(',\n]\n":    {Line: 3, Key: "plumbing", Fault: NotRegexp, Detail: "missing closing ): `x(`"},
		"plumbing = ['pool', '']\n":         {Line: 1, Key: "plumbing", Fault: MatchesAll},
		"own = 'a'\n":                       {Line: 1, Key: "own", Fault: NotAList},
		"own = [\n":                         {Line: 1, Fault: Malformed, Detail: "array is incomplete"},
		"own = ['a']\nown = ['b']\n":        {Line: 2, Key: "own", Fault: Malformed, Detail: "key own is already defined"},
	} {
		_, err := parse("x.toml", []byte(text))
		want.Path = "x.toml"
		var got *Error
		if !errors.As(err, &got) || *got != want {
			t.Errorf("%q: %+v, want %+v", text, err, want)
		}
	}
}

func TestWhatIsNoFileIsAnError(t *testing.T) {
	dir := t.TempDir()
	if err := os.Mkdir(filepath.Join(dir, fileName), 0o700); err != nil {
		t.Fatal(err)
	}
	if _, err := Find(dir); err == nil || errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a directory of the name: %v", err)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("own = ['a']\nplumbing = ['b*']\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := parse("x", text)
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Line < 1) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
