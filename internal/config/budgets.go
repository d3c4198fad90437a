package config

import (
	"errors"
	"regexp"
	"slices"
	"strings"

	"github.com/pelletier/go-toml/v2/unstable"

	"heapprof/internal/budget"
)

// The tables of a file, of which there may be several.
const (
	budgetTable = "budget"
	ignoreTable = "ignore"
)

// budgeted is a budget as it stands in a file.
type budgeted struct {
	Name        string     `toml:"name"`
	Program     expression `toml:"program"`
	Test        expression `toml:"test"`
	Max         []limit    `toml:"max"`
	MaxIncrease []increase `toml:"max-increase"`
	FailOn      []code     `toml:"fail-on"`
	Tolerance   *percent   `toml:"tolerance"`
}

// budget returns the budget, with the file's tolerance where it has none of its own, or what is wrong with it.
func (b *budgeted) budget(tolerance percent) (budget.Budget, Fault) {
	if b.Tolerance != nil {
		tolerance = *b.Tolerance
	}
	all := budget.Budget{Name: b.Name, Program: b.Program.re, Test: b.Test.re, Tolerance: tolerance.Percent}
	for _, l := range b.Max {
		all.Max = append(all.Max, l.Limit)
	}
	for _, l := range b.MaxIncrease {
		all.MaxIncrease = append(all.MaxIncrease, l.Limit)
	}
	for _, c := range b.FailOn {
		all.FailOn = append(all.FailOn, c.Code)
	}
	if len(all.Max)+len(all.MaxIncrease)+len(all.FailOn) == 0 {
		return all, NoLimit
	}
	return all, Malformed
}

// ignored is an ignore as it stands in a file.
type ignored struct {
	Leak    leak       `toml:"leak"`
	Finding code       `toml:"finding"`
	At      expression `toml:"at"`
	Program expression `toml:"program"`
	Reason  string     `toml:"reason"`
}

// fault returns what is wrong with an ignore; Malformed for nothing.
func (i *ignored) fault() Fault {
	switch {
	case (i.Leak.Pattern == "") == (i.Finding.Code == ""):
		return NotOneIgnored
	case i.At.re != nil && i.Finding.Code == "":
		return NoFinding
	case strings.TrimSpace(i.Reason) == "":
		return NoReason
	}
	return Malformed
}

func (i *ignored) ignore() budget.Ignore {
	return budget.Ignore{Leak: i.Leak.Pattern, Finding: i.Finding.Code, At: i.At.re, Program: i.Program.re, Reason: i.Reason}
}

// The texts below are read where they stand, so that an error has its place. The parser keeps of an error no more than its
// text: by that it is told below what is wrong.

type expression struct{ re *regexp.Regexp }

func (e *expression) UnmarshalText(text []byte) (err error) {
	e.re, err = regexp.Compile(string(text))
	return err
}

type percent struct{ budget.Percent }

var errPercent = errors.New("no percentage")

func (p *percent) UnmarshalText(text []byte) error {
	ok := false
	if p.Percent, ok = budget.ParsePercent(string(text)); !ok {
		return errPercent
	}
	return nil
}

// limitError stands before the error for a limit.
const limitError = "no limit: "

type limit struct{ budget.Limit }

func (l *limit) UnmarshalText(text []byte) (err error) {
	l.Limit, err = budget.ParseLimit(string(text))
	return ofLimit(text, err)
}

type increase struct{ budget.Limit }

func (l *increase) UnmarshalText(text []byte) (err error) {
	l.Limit, err = budget.ParseIncrease(string(text))
	return ofLimit(text, err)
}

type code struct{ budget.Code }

func (c *code) UnmarshalText(text []byte) (err error) {
	c.Code, err = budget.ParseCode(string(text))
	return ofLimit(text, err)
}

func ofLimit(text []byte, err error) error {
	if err == nil {
		return nil
	}
	return errors.New(limitError + "\"" + string(text) + "\": " + err.Error())
}

type leak struct{ budget.Pattern }

func (l *leak) UnmarshalText(text []byte) error {
	l.Pattern = budget.Pattern(text)
	if l.Pattern.MatchesAll() {
		return ErrMatchesAll
	}
	return nil
}

// tableLines are the lines at which the tables of a key begin.
type tableLines []int

// linesOf returns where the tables called name begin in the text of a file, which is known to be well-formed.
func linesOf(text []byte, name string) (lines tableLines) {
	var p unstable.Parser
	p.Reset(text)
	for p.NextExpression() {
		e := p.Expression()
		key := e.Key()
		if key.Next(); string(key.Node().Data) == name {
			lines = append(lines, p.Shape(key.Node().Raw).Start.Line)
		}
	}
	return lines
}

// of returns the line of a table; that of the key where all are its value.
func (l tableLines) of(table int) int {
	if table < len(l) {
		return l[table]
	}
	return l[len(l)-1]
}

// strangeKey returns where in the text of a file, which is known to be well-formed, the first key is that is not to the
// letter one of Keys, and the key; "" where there is none. The parser takes Max for max, and of two such
// keys the last one.
func strangeKey(text []byte) (line int, key string) {
	var p unstable.Parser
	p.Reset(text)
	var table []string
	for p.NextExpression() {
		e := p.Expression()
		if e.Kind != unstable.KeyValue {
			table = nil
		}
		if line, key = strangeIn(&p, e, table); key != "" {
			return line, key
		}
		if e.Kind != unstable.KeyValue {
			table = pathOf(e)
		}
	}
	return 0, ""
}

// strangeIn does so in a node of the table at a path.
func strangeIn(p *unstable.Parser, n *unstable.Node, table []string) (line int, key string) {
	switch n.Kind {
	case unstable.Array, unstable.InlineTable:
		for it := n.Children(); it.Next(); {
			if line, key = strangeIn(p, it.Node(), table); key != "" {
				return line, key
			}
		}
	case unstable.KeyValue, unstable.Table, unstable.ArrayTable:
		path := slices.Clone(table)
		for it := n.Key(); it.Next(); {
			name := string(it.Node().Data)
			valid := Keys(strings.Join(path, "."))
			if path = append(path, name); !slices.Contains(valid, name) {
				return p.Shape(it.Node().Raw).Start.Line, strings.Join(path, ".")
			}
		}
		if n.Kind == unstable.KeyValue {
			return strangeIn(p, n.Value(), path)
		}
	}
	return 0, ""
}

// pathOf returns the parts of a node's key.
func pathOf(n *unstable.Node) (path []string) {
	for it := n.Key(); it.Next(); {
		path = append(path, string(it.Node().Data))
	}
	return path
}

// firstBare returns where in the text of a file the first value is that stands without quotes, which no key has, and its key.
func firstBare(text []byte) (line int, key string) {
	var p unstable.Parser
	p.Reset(text)
	table := ""
	for p.NextExpression() {
		e := p.Expression()
		keys := pathOf(e)
		if e.Kind != unstable.KeyValue {
			table = strings.Join(keys, ".") + "."
			continue
		}
		if bare := bareIn(e.Value()); bare != nil {
			return p.Shape(bare.Raw).Start.Line, table + strings.Join(keys, ".")
		}
	}
	return 1, ""
}

// bareIn returns the first value in a node that stands without quotes; nil where there is none.
func bareIn(n *unstable.Node) *unstable.Node {
	switch n.Kind {
	case unstable.Bool, unstable.Integer, unstable.Float, unstable.LocalDate, unstable.LocalTime, unstable.LocalDateTime, unstable.DateTime:
		return n
	case unstable.Array, unstable.InlineTable, unstable.KeyValue:
		for it := n.Children(); it.Next(); {
			if bare := bareIn(it.Node()); bare != nil {
				return bare
			}
		}
	}
	return nil
}
