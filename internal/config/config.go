// Package config reads heapprof.toml, in which a project keeps what heapprof should know of
// its programs. It imports nothing of heapprof but how files are opened, and budgets.
package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"regexp"
	"strings"

	"github.com/pelletier/go-toml/v2"

	"heapprof/internal/budget"
	"heapprof/internal/regular"
)

// fileName is what the file is called.
const fileName = "heapprof.toml"

// Config is what a file says. The zero value is that of none.
type Config struct {
	Plumbing []*regexp.Regexp // what is plumbing besides what heapprof takes for it
	Own      []string         // what is the program's own code

	Budgets      []budget.Budget // what programs are allowed
	Ignores      []budget.Ignore // what is known, and nothing to complain of
	Suppressions []string        // files of leaks that are known, as LeakSanitizer reads them
}

// Keys returns the keys that a file may have, or a table of it, which is called as its own key is.
func Keys(table string) []string {
	switch table {
	case budgetTable:
		return []string{"name", "program", "test", "max", "max-increase", "fail-on", "tolerance"}
	case ignoreTable:
		return []string{"leak", "finding", "at", "program", "reason"}
	}
	return []string{"own", "plumbing", "tolerance", budgetTable, ignoreTable, "suppressions"}
}

// Fault is what is wrong with a file.
type Fault uint8

// The faults.
const (
	Malformed     Fault = iota // it is not TOML
	UnknownKey                 // no key of heapprof's
	WrongForm                  // the value of a key is not of the kind that it must be
	NotRegexp                  // a text is no regular expression
	MatchesAll                 // an expression or a pattern matches every name
	BadLimit                   // a text is no limit
	BadPercent                 // a text is no percentage
	NoLimit                    // a budget allows and forbids nothing
	NotOneIgnored              // an ignore does not name one thing: a leak, or a finding
	NoReason                   // an ignore has none
	NoFinding                  // an ignore says where, and not of which finding
)

// Error is a fault of a file, with its place.
type Error struct {
	Path   string
	Line   int
	Key    string // "" where it is of none
	Fault  Fault
	Detail string // what the parser says, of Malformed, NotRegexp and BadLimit
}

func (e *Error) Error() string {
	return fmt.Sprintf("%s:%d: %s: fault %d: %s", e.Path, e.Line, e.Key, e.Fault, e.Detail)
}

// Find reads the file in a directory or, if it has none, in the nearest one above that has.
// Without any the result is the zero Config. Errors are of the type *Error, or of package
// os.
func Find(dir string) (Config, error) {
	dir, err := filepath.Abs(dir)
	if err != nil {
		return Config{}, err
	}
	for {
		c, err := Read(filepath.Join(dir, fileName))
		if !errors.Is(err, fs.ErrNotExist) {
			return c, err
		}
		parent := filepath.Dir(dir)
		if parent == dir {
			return Config{}, nil
		}
		dir = parent
	}
}

// Read reads the file at path. Errors are as Find's.
func Read(path string) (Config, error) {
	f, err := regular.Open(path)
	if err != nil {
		return Config{}, err
	}
	defer f.Close()
	text, err := io.ReadAll(f)
	if err != nil {
		return Config{}, err
	}
	return parse(path, text)
}

// pattern is a regular expression that is compiled where it is read, so that an error has
// its place.
type pattern struct{ re *regexp.Regexp }

func (p *pattern) UnmarshalText(text []byte) (err error) {
	p.re, err = CompilePlumbing(string(text))
	return err
}

// ErrMatchesAll is the error for an expression that would make all code of a program plumbing.
var ErrMatchesAll = errors.New("it matches every name")

// CompilePlumbing compiles an expression that tells what is plumbing. The error is ErrMatchesAll or of
// package regexp.
func CompilePlumbing(expr string) (*regexp.Regexp, error) {
	re, err := regexp.Compile(expr)
	if err == nil && re.MatchString("") && re.MatchString("x") {
		return nil, ErrMatchesAll
	}
	return re, err
}

// parse reads the text of the file at path.
func parse(path string, text []byte) (Config, error) {
	var file struct {
		Plumbing     []pattern  `toml:"plumbing"`
		Own          []string   `toml:"own"`
		Tolerance    percent    `toml:"tolerance"`
		Budgets      []budgeted `toml:"budget"`
		Ignores      []ignored  `toml:"ignore"`
		Suppressions []string   `toml:"suppressions"`
	}
	if err := toml.NewDecoder(bytes.NewReader(text)).DisallowUnknownFields().Decode(&file); err != nil {
		return Config{}, explain(path, text, err)
	}
	if line, key := strangeKey(text); key != "" {
		return Config{}, &Error{Path: path, Line: line, Key: key, Fault: UnknownKey}
	}
	c := Config{Own: file.Own}
	for _, p := range file.Plumbing {
		c.Plumbing = append(c.Plumbing, p.re)
	}
	lines := linesOf(text, budgetTable)
	for i := range file.Budgets {
		b, fault := file.Budgets[i].budget(file.Tolerance)
		if fault != Malformed {
			return Config{}, &Error{Path: path, Line: lines.of(i), Key: budgetTable, Fault: fault}
		}
		c.Budgets = append(c.Budgets, b)
	}
	lines = linesOf(text, ignoreTable)
	for i := range file.Ignores {
		if fault := file.Ignores[i].fault(); fault != Malformed {
			return Config{}, &Error{Path: path, Line: lines.of(i), Key: ignoreTable, Fault: fault}
		}
		ignore := file.Ignores[i].ignore()
		ignore.File, ignore.Line = path, lines.of(i)
		c.Ignores = append(c.Ignores, ignore)
	}
	for _, name := range file.Suppressions {
		if !filepath.IsAbs(name) {
			name = filepath.Join(filepath.Dir(path), name)
		}
		c.Suppressions = append(c.Suppressions, name)
	}
	return c, nil
}

// explain returns the parser's error as one of this package's.
func explain(path string, text []byte, err error) error {
	var unknown *toml.StrictMissingError
	if errors.As(err, &unknown) && len(unknown.Errors) > 0 {
		first := &unknown.Errors[0]
		line, _ := first.Position()
		return &Error{Path: path, Line: line, Key: strings.Join(first.Key(), "."), Fault: UnknownKey}
	}
	var wrong *toml.DecodeError
	if !errors.As(err, &wrong) {
		// It has no place for what is a text's error and no text.
		line, key := firstBare(text)
		return &Error{Path: path, Line: line, Key: key, Fault: WrongForm}
	}
	line, _ := wrong.Position()
	e := &Error{Path: path, Line: line, Key: strings.Join(wrong.Key(), "."), Detail: strings.TrimPrefix(wrong.Error(), "toml: ")}
	switch detail, isRegexp := strings.CutPrefix(e.Detail, "error parsing regexp: "); {
	case isRegexp:
		e.Fault, e.Detail = NotRegexp, detail
	case e.Detail == ErrMatchesAll.Error():
		e.Fault, e.Detail = MatchesAll, ""
	case strings.HasPrefix(e.Detail, "cannot "):
		e.Fault, e.Detail = WrongForm, ""
	case e.Detail == errPercent.Error():
		e.Fault, e.Detail = BadPercent, ""
	default:
		if detail, isLimit := strings.CutPrefix(e.Detail, limitError); isLimit {
			e.Fault, e.Detail = BadLimit, detail
		}
	}
	return e
}
