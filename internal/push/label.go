package push

import (
	"cmp"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"heapprof/internal/profile"
)

// Label is a label of all that is pushed: NAME=VALUE.
type Label struct{ Name, Value string }

// The most bytes that a label's value may have, and labels a profile: Pyroscope refuses more, unless it is told to take
// them.
const (
	maxValue  = 2048
	MaxLabels = 24 // of 30, less those that are added
)

// LabelError is why a text is no label.
type LabelError int

// The causes.
const (
	NoEquals   LabelError = iota // it is not NAME=VALUE
	BadName                      // the name is not of letters, digits and _, or begins with a digit
	Reserved                     // the name begins with __, which are the servers' own
	BadValue                     // the value is no UTF-8
	LongValue                    // the value has more than 2048 bytes
	TwiceNamed                   // another label has the same name
	TooMany                      // there are more than MaxLabels
)

// Error names the cause for those who have no words of their own.
func (e LabelError) Error() string { return "no label" }

// ParseLabels returns the labels NAME=VALUE, or a LabelError and the text that is none. An empty value takes back
// the label of that name that there would be without it.
func ParseLabels(texts []string) ([]Label, string, error) {
	var all []Label
	for _, text := range texts {
		name, value, ok := strings.Cut(text, "=")
		switch {
		case !ok:
			return nil, text, NoEquals
		case strings.HasPrefix(name, "__"):
			return nil, text, Reserved
		case !isLabelName(name):
			return nil, text, BadName
		case !utf8.ValidString(value):
			return nil, text, BadValue
		case len(value) > maxValue:
			return nil, text, LongValue
		case slices.ContainsFunc(all, func(l Label) bool { return l.Name == name }):
			return nil, text, TwiceNamed
		case len(all) == MaxLabels:
			return nil, text, TooMany
		}
		all = append(all, Label{name, value})
	}
	return all, "", nil
}

// isLabelName reports whether both systems take a name.
func isLabelName(name string) bool {
	for i, r := range []byte(name) {
		letter := r == '_' || 'a' <= r && r <= 'z' || 'A' <= r && r <= 'Z'
		if !letter && (i == 0 || r < '0' || '9' < r) {
			return false
		}
	}
	return name != ""
}

// labelsOf returns the labels of what is pushed of a profile, in the order of their names: those that were asked for, and
// what tells the process from others. service_name is what Pyroscope lists programs by.
func labelsOf(p *profile.Profile, asked []Label) []Label {
	all := slices.Clone(asked)
	add := func(name, value string) {
		if value != "" && !slices.ContainsFunc(asked, func(l Label) bool { return l.Name == name }) {
			all = append(all, Label{name, cut(strings.ToValidUTF8(value, "�"))})
		}
	}
	program, host := "", ""
	if r := p.Recording; r != nil {
		program, host = r.Program, r.Host
	}
	if program != "" {
		add("service_name", filepath.Base(program))
	}
	add("host", host)
	if p.PID != 0 {
		add("pid", strconv.FormatInt(p.PID, 10))
	}
	if n := p.Sampling.MeanBytes; n != 0 {
		add("sampled_each_bytes", strconv.FormatUint(n, 10)) // its numbers are estimates
	}
	all = slices.DeleteFunc(all, func(l Label) bool { return l.Value == "" })
	slices.SortFunc(all, func(a, b Label) int { return cmp.Compare(a.Name, b.Name) })
	return all
}

// cut cuts a value that is too long.
func cut(value string) string {
	for len(value) > maxValue {
		_, size := utf8.DecodeLastRuneInString(value)
		value = value[:len(value)-size]
	}
	return value
}
