package judge

import (
	"cmp"
	"os"
	"path/filepath"
	"strings"

	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/internal/budget"
	"heapprof/internal/report/ci"
	"heapprof/internal/report/names"
)

// mostSites is how many sites of a limit the forms list.
const mostSites = 10

// checkOf returns what came of the budgets of a profile as the forms take it. Only if all is asked for it has
// the findings.
func checkOf(w judgeWords, v *budget.Verdict, all bool) ci.Check {
	c := ci.Check{Outcome: outcomeOf(v.Outcome())}
	where := newRepository()
	for i := range v.Judgements {
		c.Limits = append(c.Limits, w.limit(&v.Judgements[i], where))
	}
	for i := range v.Findings {
		c.Limits = append(c.Limits, w.forbidden(&v.Findings[i], where)...)
	}
	if !all {
		return c
	}
	for _, item := range reports.NewExplainer(w.source, &opening.SourceFlags{}).First(reports.MostFindings) {
		c.Findings = append(c.Findings, item.Text)
	}
	return c
}

// outcomeOf returns an outcome as the forms call it.
func outcomeOf(o budget.Outcome) ci.Outcome {
	return map[budget.Outcome]ci.Outcome{
		budget.Unknown: ci.Unknown, budget.Exceeded: ci.Exceeded, budget.Doubtful: ci.Doubtful, budget.Skipped: ci.Skipped, budget.Kept: ci.Kept,
	}[o]
}

// limit returns what came of a limit as the forms take it.
func (w judgeWords) limit(j *budget.Judgement, where repository) ci.Limit {
	l := ci.Limit{
		Budget: j.Budget, Subject: j.Limit.Subject(), Increase: j.Increase, Outcome: outcomeOf(j.Outcome),
		Value: j.Value.N, Low: j.Value.Low, High: j.Value.High, Before: j.Before.N, Most: j.Most, Allowed: j.Allowed,
		Text: w.line(j), Warning: w.warning(j), MostText: w.most(j),
	}
	if j.Why == 0 {
		l.ValueText = w.value(j)
		if j.Increase {
			l.BeforeText = w.amount(j, j.Before)
		}
	}
	l.Title = names.Printable(l.Subject) + map[ci.Outcome]string{ci.Unknown: " cannot be judged", ci.Exceeded: " exceeded", ci.Doubtful: " may be exceeded"}[l.Outcome]
	for _, c := range j.Contributors[:min(len(j.Contributors), mostSites)] {
		l.Sites = append(l.Sites, ci.Site{
			Function: c.Site.Name, File: c.Site.File, Line: c.Site.Line, Type: c.Type, Amount: c.Amount, Path: where.path(c.Site.File), Own: c.Site.Own,
		})
	}
	return l
}

// forbidden returns what came of a finding that must not come up as the forms take it: a limit of each that did.
func (w judgeWords) forbidden(f *budget.Forbidden, where repository) []ci.Limit {
	var all []ci.Limit
	for i, line := range w.findingLines(f) {
		l := ci.Limit{
			Budget: f.Budget, Subject: "finding " + string(f.Code), Outcome: outcomeOf(f.Outcome), Text: names.Printable(line),
			ValueText: "none", MostText: "none", Title: "finding " + string(f.Code),
		}
		switch {
		case f.Outcome == budget.Unknown:
			l.ValueText, l.Title = "", l.Title+" cannot be judged"
		case i < len(f.Findings):
			found := &f.Findings[i]
			l.Value, l.Low, l.High, l.ValueText = 1, 1, 1, "1"
			if at := found.Site; at != nil {
				l.Sites = []ci.Site{{Function: at.Name, File: at.File, Line: at.Line, Amount: found.Amount.Bytes, Path: where.path(at.File), Own: at.Own}}
			}
		}
		all = append(all, l)
	}
	return all
}

// repository is the directory that holds a project's sources; "" where it is not known.
type repository string

// newRepository returns the repository of the working directory: what GitHub and GitLab say that it is, else the
// nearest directory above that git keeps, else the working directory.
func newRepository() repository {
	if said := cmp.Or(os.Getenv("GITHUB_WORKSPACE"), os.Getenv("CI_PROJECT_DIR")); said != "" {
		return repository(said)
	}
	here, err := os.Getwd()
	if err != nil {
		return ""
	}
	for dir := here; ; dir = filepath.Dir(dir) {
		if _, err := os.Stat(filepath.Join(dir, ".git")); err == nil {
			return repository(dir)
		}
		if dir == filepath.Dir(dir) {
			return repository(here)
		}
	}
}

// path returns where in the repository a source file is that debug information names; "" where it is not
// there, as a library's is not. A path that is not absolute is one from the repository or from the working directory,
// and none where both have such a file.
func (r repository) path(file string) string {
	if r == "" || file == "" {
		return ""
	}
	if filepath.IsAbs(file) {
		return r.relative(file)
	}
	here, err := filepath.Abs(file)
	if err != nil {
		return ""
	}
	first, second := r.relative(filepath.Join(string(r), file)), r.relative(here)
	if first != "" && second != "" && first != second {
		return ""
	}
	return cmp.Or(first, second)
}

// relative returns the path of a file from the repository; "" where the file is not there.
func (r repository) relative(file string) string {
	rel, err := filepath.Rel(string(r), file)
	if err != nil || rel == ".." || strings.HasPrefix(rel, "../") {
		return ""
	}
	if info, err := os.Stat(file); err != nil || !info.Mode().IsRegular() {
		return ""
	}
	return rel
}
