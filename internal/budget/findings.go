package budget

import (
	"cmp"
	"regexp"
	"slices"

	"heapprof/internal/report/finding"
	"heapprof/internal/report/names"
	"heapprof/internal/report/view"
)

// Code is the code of a finding.
type Code = finding.Code

// ParseCode returns the code of a finding that may be forbidden. Its error is a *names.UnknownName.
func ParseCode(name string) (Code, error) {
	codes := finding.FaultCodes()
	valid := make([]string, len(codes))
	for i, c := range codes {
		valid[i] = string(c)
	}
	_, err := names.Find("finding", name, valid)
	return Code(name), err
}

// Forbidden is what came of a finding that must not come up.
type Forbidden struct {
	Budget   string // its name
	Code     Code
	Outcome  Outcome           // Exceeded where there is one, Unknown where the profile does not have what it rests on, or Kept
	Findings []finding.Finding // those that are not ignored, the most important first
}

// forbid adds to the verdict what comes of the findings that budgets forbid.
func (v *Verdict) forbid(s *view.Source, budgets []Budget, ignores []Ignore) {
	if !slices.ContainsFunc(budgets, func(b Budget) bool { return len(b.FailOn) > 0 }) {
		return
	}
	all := finding.Faults(s)
	for _, ignore := range ignores {
		if ignore.Finding == "" {
			continue
		}
		rest := slices.DeleteFunc(slices.Clone(all), func(f finding.Finding) bool { return ignore.isOf(&f) })
		v.Ignored = append(v.Ignored, Ignored{Ignore: ignore, Times: len(all) - len(rest)})
		all = rest
	}
	for _, b := range budgets {
		for _, code := range b.FailOn {
			x := Forbidden{Budget: b.Name, Code: code, Outcome: Kept}
			for _, f := range all {
				if f.Code == code {
					x.Findings, x.Outcome = append(x.Findings, f), Exceeded
				}
			}
			if !finding.Tells(s.Profile, code) {
				x.Outcome = Unknown
			}
			v.Findings = append(v.Findings, x)
		}
	}
	slices.SortStableFunc(v.Findings, func(x, y Forbidden) int { return cmp.Compare(x.Outcome, y.Outcome) })
}

// isOf reports whether the ignore is of a finding. One that stands for several places, of which it names the worst, is
// that of all.
func (i *Ignore) isOf(f *finding.Finding) bool {
	if f.Code != i.Finding || i.At == nil {
		return f.Code == i.Finding
	}
	if f.Site == nil || f.Evidence.Blocks < f.Evidence.Count {
		return false
	}
	return slices.ContainsFunc([]string{f.Site.Name, f.Site.File, f.Site.Module, f.Type}, matcher(i.At))
}

// matcher reports of a text whether an expression matches it, if there is one.
func matcher(re *regexp.Regexp) func(string) bool {
	return func(text string) bool { return text != "" && re.MatchString(text) }
}
