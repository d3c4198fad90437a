package budget

import (
	"regexp"
	"slices"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/view"
)

// Ignore is a leak or a finding that is known.
type Ignore struct {
	Leak    Pattern        // "": it is a finding
	Finding Code           // "": it is a leak
	At      *regexp.Regexp // of a finding: what matches its site's function, file or module, or its type; nil: wherever it is
	Program *regexp.Regexp // of which programs: see Subject; nil: of all
	Reason  string         // why it stays; "" where a file of suppressions gives none
	File    string         // where it stands
	Line    int
}

// Pattern matches the function, the source file or the module of any frame of a leak's stack as a
// suppression of LeakSanitizer's does: it is a part of the name, where * stands for anything, ^
// at its beginning for the beginning of the name and $ for its end.
type Pattern string

// Matches reports whether the pattern matches a name. As LeakSanitizer does, it takes for each part
// the first place where that is, and goes back for none: "a$" does not match "aba".
func (p Pattern) Matches(name string) bool {
	if name == "" {
		return false
	}
	text, begins := strings.CutPrefix(string(p), "^")
	anything := false
	for text != "" {
		switch text[0] {
		case '*':
			text, begins, anything = text[1:], false, true
			continue
		case '$':
			return name == "" || anything
		}
		if name == "" {
			return false
		}
		part := text
		if i := strings.IndexAny(text, "*$"); i >= 0 {
			part = text[:i]
		}
		at := strings.Index(name, part)
		if at < 0 || begins && at > 0 {
			return false
		}
		text, name = text[len(part):], name[at+len(part):]
		begins, anything = false, false
	}
	return true
}

// MatchesAll reports whether the pattern matches every name.
func (p Pattern) MatchesAll() bool { return strings.Trim(string(p), "^*$") == "" }

// ignoring leaves out of a profile's leaks those that are known, and returns the rest with what
// each of ignores that is of a leak matches. A leak that several match counts as the first one's.
func ignoring(s *view.Source, ignores []Ignore) (*view.Source, []Ignored) {
	ignores = slices.DeleteFunc(slices.Clone(ignores), func(i Ignore) bool { return i.Leak == "" })
	if len(ignores) == 0 {
		return s, nil
	}
	p := *s.Profile
	p.Points = append([]profile.Point(nil), p.Points...)
	ignored := make([]Ignored, len(ignores))
	frames := make([][]bool, len(ignores))
	for i := range ignores {
		ignored[i].Ignore = ignores[i]
		frames[i] = matchedFrames(s, ignores[i].Leak)
	}
	lost := view.LostBytes.Has(&p)
	for i := range p.Points {
		pt := &p.Points[i]
		amount := profile.Amount{Bytes: pt.EndBytes, Blocks: pt.EndBlocks}
		if lost {
			amount = profile.Amount{Bytes: pt.Rest().LostBytes, Blocks: pt.Rest().LostBlocks}
		}
		if amount.Blocks == 0 {
			continue
		}
		left := false
		for j := range ignored {
			if !matchesAny(frames[j], pt.Stack.Frames()) {
				continue
			}
			ignored[j].Times++
			if !left {
				ignored[j].Amount.Add(amount)
				left = true
			}
		}
		if left {
			rest := pt.Edit()
			pt.EndBytes, pt.EndBlocks, rest.LostBytes, rest.LostBlocks = 0, 0, 0, 0
			if pt.Samples != nil {
				pt.Samples = &profile.Samples{Total: pt.Samples.Total, Peak: pt.Samples.Peak}
			}
		}
	}
	rest := *s
	rest.Profile = &p
	return &rest, ignored
}

// matchedFrames returns of each frame of a profile whether the pattern matches it.
func matchedFrames(s *view.Source, p Pattern) []bool {
	all := make([]bool, s.Frames.Len())
	for i := range all {
		f := s.Frames.Frame(uint32(i))
		all[i] = p.Matches(f.Function) || p.Matches(f.File) || p.Matches(f.Module)
	}
	return all
}

func matchesAny(matched []bool, stack []uint32) bool {
	for _, f := range stack {
		if matched[f] {
			return true
		}
	}
	return false
}
