package config

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/budget"
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
		"own = ['a']\n\nplumming = ['x']\n":                                         {Line: 3, Key: "plumming", Fault: UnknownKey},
		"[budget]\nheap = 3\n":                                                      {Line: 2, Key: "budget.heap", Fault: UnknownKey},
		"[bucket]\nheap = 3\n":                                                      {Line: 1, Key: "bucket", Fault: UnknownKey},
		"[[budget]]\nmax = ['peak-bytes=1',\n'peek-bytes=2']\n":                     {Line: 3, Key: "budget.max", Fault: BadLimit, Detail: `"peek-bytes=2": unknown metric "peek-bytes"; did you mean "peak-bytes"? valid are ` + strings.Join(budget.MetricNames(), ", ")},
		"[[budget]]\nmax-increase = ['peak-bytes']\n":                               {Line: 2, Key: "budget.max-increase", Fault: BadLimit, Detail: `"peak-bytes": it names no metric`},
		"[[budget]]\nmax = 'peak-bytes=1'\n":                                        {Line: 2, Key: "budget.max", Fault: WrongForm},
		"[[budget]]\nprogram = 'a('\n":                                              {Line: 2, Key: "budget.program", Fault: NotRegexp, Detail: "missing closing ): `a(`"},
		"own = ['a']\n[[budget]]\nmax = ['peak-bytes=1']\n[[budget]]\nname = 'x'\n": {Line: 4, Key: "budget", Fault: NoLimit},
		"[[budget]]\nmax=['peak-bytes=1']\n[[Budget]]\nmax=['total-blocks=9']\n":    {Line: 3, Key: "Budget", Fault: UnknownKey},
		"[[budget]]\nmax=['peak-bytes=1']\nMax=['total-blocks=9']\n":                {Line: 3, Key: "budget.Max", Fault: UnknownKey},
		"ignore = [{leak='a', reason='b'},\n{Leak='a', reason='b'}]\n":              {Line: 2, Key: "ignore.Leak", Fault: UnknownKey},
		"tolerance = '1'\n":                                                         {Line: 1, Key: "tolerance", Fault: BadPercent},
		"own=['a']\ntolerance = 1\n":                                                {Line: 2, Key: "tolerance", Fault: WrongForm},
		"[[budget]]\nmax=['peak-bytes=1',\n3]\n":                                    {Line: 3, Key: "budget.max", Fault: WrongForm},
		"[[ignore]]\nleak = 'a'\n":                                                  {Line: 1, Key: "ignore", Fault: NoReason},
		"[[ignore]]\nleak = '*'\nreason='x'\n":                                      {Line: 2, Key: "ignore.leak", Fault: MatchesAll},
		"[[ignore]]\nreason = 'a'\n":                                                {Line: 1, Key: "ignore", Fault: NotOneIgnored},
		"[[ignore]]\nleak='a'\nat='b'\nreason='c'\n":                                {Line: 1, Key: "ignore", Fault: NoFinding},
		"[[ignore]]\nfinding='grow'\nreason='c'\n":                                  {Line: 2, Key: "ignore.finding", Fault: BadLimit},
		"ignore = 'x'\n":                                                            {Line: 1, Key: "ignore", Fault: WrongForm},
		"plumbing = [\n'x',\n'x(',\n]\n":                                            {Line: 3, Key: "plumbing", Fault: NotRegexp, Detail: "missing closing ): `x(`"},
		"plumbing = ['pool', '']\n":                                                 {Line: 1, Key: "plumbing", Fault: MatchesAll},
		"own = 'a'\n":                                                               {Line: 1, Key: "own", Fault: WrongForm},
		"own = [\n":                                                                 {Line: 1, Fault: Malformed, Detail: "array is incomplete"},
		"own = ['a']\nown = ['b']\n":                                                {Line: 2, Key: "own", Fault: Malformed, Detail: "key own is already defined"},
	} {
		_, err := parse("x.toml", []byte(text))
		want.Path = "x.toml"
		var got *Error
		if errors.As(err, &got) && want.Detail == "" && want.Fault == BadLimit {
			got.Detail = ""
		}
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

func TestBudgetsAndWhatIsKnownAreRead(t *testing.T) {
	c, err := parse("dir/x.toml", []byte(`tolerance = "1%"
suppressions = ["lsan.supp", "/etc/all.supp"]
[[budget]]
name = "small files"
program = "^app "
test = "parser::.*"
max = ["peak-bytes=10MiB", "temporary-blocks=10%", "peak-bytes@parse=1MiB"]
max-increase = ["2%", "total-blocks=0"]
[[budget]]
tolerance = "0%"
fail-on = ["unreachable"]

[[ignore]]
leak = "^OPENSSL_init*"
reason = "static"
[[ignore]]
finding = "grows"
at = "cache"
program = "server"
reason = "a cache"
`))
	if err != nil {
		t.Fatal(err)
	}
	b := c.Budgets[0]
	if b.Name != "small files" || b.Tolerance.String() != "1%" || len(b.Max) != 3 || b.Max[2].Subject() != "peak-bytes@parse" || len(b.MaxIncrease) != 2 || b.Test.String() != "parser::.*" {
		t.Errorf("the first budget: %+v", b)
	}
	if b := c.Budgets[1]; b.Tolerance != 0 || !slices.Equal(b.FailOn, []budget.Code{"unreachable"}) || b.Program != nil {
		t.Errorf("the second budget: %+v", b)
	}
	if i := c.Ignores[0]; i.Leak != "^OPENSSL_init*" || i.Reason != "static" || i.Line != 13 || i.File != "dir/x.toml" {
		t.Errorf("a leak that is known: %+v", i)
	}
	if i := c.Ignores[1]; i.Finding != "grows" || i.At.String() != "cache" || i.Program.String() != "server" || i.Line != 16 {
		t.Errorf("a finding that is known: %+v", i)
	}
	if !slices.Equal(c.Suppressions, []string{"dir/lsan.supp", "/etc/all.supp"}) {
		t.Errorf("files of suppressions: %q", c.Suppressions)
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte("own = ['a']\nplumbing = ['b*']\n"))
	f.Add([]byte("tolerance='1%'\n[[budget]]\nmax=['peak-bytes@a=1K']\nmax-increase=['2%']\n[[ignore]]\nleak='a'\nreason='b'\n"))
	f.Add([]byte("budget=[{max=['peak-bytes=1']},{}]\nignore=[{leak='a'}]\n"))
	f.Add([]byte("[[Ignore]]\nleak='a'\nreason='b'\n"))
	f.Fuzz(func(t *testing.T, text []byte) {
		_, err := parse("x", text)
		var e *Error
		if err != nil && (!errors.As(err, &e) || e.Line < 1) {
			t.Errorf("%q: %v", text, err)
		}
	})
}
