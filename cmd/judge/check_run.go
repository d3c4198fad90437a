package judge

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"

	"heapprof/cmd/console"
	"heapprof/cmd/opening"
	"heapprof/cmd/record"
	"heapprof/cmd/wording"
	"heapprof/internal/budget"
	"heapprof/internal/profile"
	"heapprof/internal/report/ci"
	"heapprof/internal/report/human"
	"heapprof/internal/report/view"
	"heapprof/internal/suite"
	"heapprof/internal/tracker"
)

// addRun adds the flags of a check that records. How it records is said by the flags of heapprof run, whose
// help has them.
func (o *checkOptions) addRun(c *cobra.Command) {
	flags := c.Flags()
	o.run.AddTo(c)
	o.run.AddServers(c)
	flags.VisitAll(func(f *pflag.Flag) { f.Hidden = true })
	flags.StringVarP(&o.run.Output, "output", "o", "", "with PROG: keep the profile as `FILE`, whatever comes of the check; names as in heapprof run")
}

// errCheckFileAndProgram is the error for a profile and a program at once.
var errCheckFileAndProgram = errors.New("check takes a profile, or -- and a program with its arguments: leave one of them out")

// checkArgs is the check of what stands beside the flags.
func checkArgs(c *cobra.Command, args []string) error {
	switch dash := c.Flags().ArgsLenAtDash(); {
	case dash > 0:
		return console.UsageError(c.Name(), errCheckFileAndProgram)
	case dash == 0 && len(args) == 0:
		return record.RunFailure(record.ErrNoProgram)
	case dash == 0:
		return nil
	}
	return console.OneProfile(c, args)
}

// errNothingToKeep returns the error for a program that nothing at all is said of. Where heapprof.toml has budgets, of
// other programs, a test runner must let this one pass.
func (o *checkOptions) errNothingToKeep() error {
	if o.repeat > 0 || len(o.allowed.budgets) > 0 {
		return nil
	}
	asked, _ := o.allowed.of(budget.Subject{})
	return o.asksNothing(asked, budget.Subject{})
}

// checkProgram runs a program, records it, and judges what it did, by itself and each process that it started.
// Its own status comes first.
func checkProgram(o *checkOptions) error {
	r := o.run
	if suite.IsListing(r.Args) {
		if err := tracker.Become(r.Args); err != nil {
			return record.RunError(err)
		}
	}
	if r.Named = r.Output != ""; !r.Named {
		dir := strings.ReplaceAll(os.TempDir(), "%", "%%")
		r.Output = filepath.Join(dir, "heapprof.%n.%p.json.gz")
	}
	if err := o.errNothingToKeep(); err != nil {
		return record.RunFailure(console.WithHelp("check", err))
	}
	r.Test = o.test
	asked, err := r.Asked()
	if err == nil {
		err = record.CheckOutput(r)
	}
	if err == nil {
		err = o.forms.checkFiles(r.Naming(r.Args[0], 0))
	}
	if err != nil {
		return record.RunFailure(err)
	}
	o.test = r.TestName()
	if o.limits.baseline != "" {
		o.limits.baseline = record.ExpandName(o.limits.baseline, r.Naming(r.Args[0], os.Getpid()))
	}
	baseline, err := o.readBaseline()
	if err != nil {
		return record.RunFailure(err)
	}
	if o.repeat > 0 {
		return repeatProgram(o, asked, baseline)
	}
	run := &checkedRun{options: o, baseline: baseline}
	result, err := run.record(asked)
	if err != nil {
		return err
	}
	return run.conclude(result)
}

// record runs the program and judges all images. Errors have their exit status.
func (r *checkedRun) record(asked tracker.Options) (*tracker.Result, error) {
	asked.Started, asked.Finished = true, r.add
	result, err := r.options.run.Record(asked)
	if err == nil {
		r.options.run.NameByServers(result.Profile)
		r.add(result.Image)
	}
	return result, err
}

// checkedRun is what came of the budgets of a program that was run.
type checkedRun struct {
	options  *checkOptions
	baseline *view.Source // that the started process is compared with; nil: none
	started  *view.Source // its profile
	numbers  *runNumbers  // of all, where they are to be compared with those of other runs; nil: nobody does
	all      []checked    // that of the started process first
	silent   bool         // limits that are not kept were told of an earlier run
	failures []error      // that no limit is to blame for
}

// checked is what came of the budgets of one process.
type checked struct {
	ci.Check
	label string // what it is called among others
	saved string // where its profile is; "" if it was not kept
}

// add judges an image that has ended, and keeps its profile if somebody will want to look at it.
func (r *checkedRun) add(i tracker.Image) {
	o := r.options
	program := o.run.ProgramOf(i)
	name := suite.ProgramName(program)
	i.Profile.FindLost() // as a file's is read
	source := opening.NewSource(i.Profile, name, o.rules)
	baseline := r.baseline
	if !i.Started {
		baseline = nil
	}
	v, err := o.judge(source, baseline, i.Forked || i.Replaced || i.LivesOn)
	if err != nil {
		r.failures = append(r.failures, fmt.Errorf("%s: %w", name, err))
		return
	}
	if r.numbers != nil {
		if err := r.numbers.add(name, source); err != nil {
			r.failures = append(r.failures, fmt.Errorf("%s: %w", name, err))
		}
	}
	c := checked{Check: checkOf(judgeWords{source: source, baseline: o.limits.baseline}, v, o.forms.wantsAll()), label: name}
	c.Name, c.Group = name, ""
	if o.test != "" {
		c.Name, c.Group, c.label = o.test, name, name+" "+o.test
	}
	if !i.Started {
		c.label = fmt.Sprintf("%s (process %d)", c.label, i.PID)
	}
	if o.run.Named || c.Outcome.IsFailure() {
		at := o.run.ChildPlace(program, i)
		if i.Started {
			at = o.run.MainPlace(program, i, nil)
		}
		c.saved, err = o.run.Save(at, i.Profile)
		c.Profile = c.saved
		record.ComplainBeside(o.streams, record.SaveBeside(i, at.At(c.saved)))
		if err != nil {
			r.failures = append(r.failures, record.ErrSaved(err, c.saved))
		}
	}
	r.all = append(r.all, c)
	if i.Started {
		r.started = source
		copy(r.all[1:], r.all)
		r.all[0] = c
	}
}

// checkedProgram returns what a profile's program is called where what came of its budgets is written.
func checkedProgram(p *profile.Profile) string {
	program, _, _ := strings.Cut(p.Command, " ")
	if r := p.Recording; r != nil && r.Program != "" {
		program = r.Program
	}
	return suite.ProgramName(program)
}

// conclude says what came of the budgets, in all forms, and returns the error that carries the status.
func (r *checkedRun) conclude(result *tracker.Result) error {
	o := r.options
	status := record.EndStatus(result)
	if unseen := whyUnjudged(o.run, result); unseen != "" {
		r.failures = append(r.failures, errors.New(unseen))
	}
	r.tellOf(result, status)
	checks := make([]ci.Check, len(r.all))
	for i := range r.all {
		checks[i] = r.all[i].Check
	}
	if o.forms.hasText() && !r.silent {
		r.tell(result)
	}
	for _, err := range r.failures {
		o.streams.Complain(err)
	}
	by := o.run.Naming(o.run.Program(result), result.PID)
	if err := o.forms.writeTo(o.streams.Err, "standard error", by, checks); err != nil {
		o.streams.Complain(err)
		r.failures = append(r.failures, err)
	}
	worst := ci.WorstOfLimits(checks)
	switch {
	case status != console.ExitOK:
	case worst == ci.Exceeded:
		status = console.ExitExceeded
	case worst == ci.Unknown, len(r.failures) > 0:
		status = console.ExitRunFailure
	}
	if o.limits.update {
		status = r.update(status)
	}
	if status != console.ExitOK {
		return &console.ExitError{Status: status}
	}
	return nil
}

// update writes the baseline, unless the status is one of failure, and returns the new status. What it says goes to
// standard error, as standard output is the program's.
func (r *checkedRun) update(status int) int {
	o := r.options
	if status != console.ExitOK {
		o.streams.Say("%s stays as it was, as not all is well", o.limits.baseline)
		return status
	}
	told := *o.streams
	told.Out = told.Err
	err := (&checkOptions{streams: &told, limits: o.limits}).updateBaseline(r.baseline, r.started)
	if err != nil {
		o.streams.Complain(err)
		return console.ExitRunFailure
	}
	return console.ExitOK
}

// tellOf sets in what is written of the started process how it ended, and how long it took.
func (r *checkedRun) tellOf(result *tracker.Result, status int) {
	if len(r.all) == 0 {
		return
	}
	first := &r.all[0]
	first.Seconds = result.Duration.Seconds()
	switch {
	case status != console.ExitOK:
		first.Outcome, first.Failure = ci.Broken, fmt.Sprintf("%s %s", first.label, record.EndingWords(result))
	case len(r.failures) > 0:
		first.Outcome, first.Failure = ci.Broken, r.failures[0].Error()
	}
}

// whyUnjudged says why the started program's budgets cannot have been judged, though it ran; "" where they were.
func whyUnjudged(o *record.RunOptions, result *tracker.Result) string {
	name := filepath.Base(o.Program(result))
	switch {
	case !result.Loaded:
		return fmt.Sprintf("%s cannot be checked: it did not load the tracker library, so nothing could be seen of it", name)
	case !result.LastUnrecorded.IsZero():
		return fmt.Sprintf("%s cannot be checked: it %s", name, wording.CauseAndHint(result.LastUnrecorded))
	}
	return ""
}

// tell prints a line for each limit that is not kept, or one for all that are.
func (r *checkedRun) tell(result *tracker.Result) {
	s := r.options.streams
	wrong := false
	for i := range r.all {
		c := &r.all[i]
		for j := range c.Limits {
			l := &c.Limits[j]
			isWrong := l.Outcome != ci.Kept && l.Outcome != ci.Skipped
			if isWrong || l.Warning != "" {
				s.Say("%s: %s", c.label, l.Text)
			}
			wrong = wrong || isWrong
		}
	}
	for i := range r.all {
		if c := &r.all[i]; c.saved != "" && c.Check.HasFailed() {
			s.Say("the profile is %s; to look at it: heapprof report %s", c.saved, wording.ShellQuote(c.saved))
		}
	}
	if o := r.options; !wrong && len(r.failures) == 0 && !o.quiet && !o.limits.update && o.repeat == 0 {
		s.Say("%s", r.keptWords(result))
	}
}

// keptWords says that all limits are kept, how near the nearest is, and what was not judged.
func (r *checkedRun) keptWords(result *tracker.Result) string {
	var nearest *ci.Limit
	var kept, endless int // limits; processes of which it is not known what they would have leaked
	at, increases := "", false
	for i := range r.all {
		c := &r.all[i]
		skipped := false
		for j := range c.Limits {
			l := &c.Limits[j]
			switch {
			case l.Outcome == ci.Skipped && l.Increase:
				increases = increases || i == 0
				continue
			case l.Outcome == ci.Skipped:
				skipped = true
				continue
			}
			kept++
			if nearest == nil || l.Nearness() > nearest.Nearness() {
				nearest, at = l, c.label
			}
		}
		if skipped {
			endless++
		}
	}
	who := r.all[0].label
	if n := len(r.all); n > 1 {
		who = human.Counted(uint64(n), "process")
	}
	var words string
	switch {
	case nearest == nil:
		words = "no limit is for " + who
	case kept == 1:
		words = fmt.Sprintf("%s: %s", at, nearest.Text)
	default:
		words = fmt.Sprintf("%s: %d limits kept, the nearest %s", who, kept, nearest.Text)
		if len(r.all) > 1 {
			words += " in " + at
		}
	}
	return words + strings.Join(notJudged(result, increases, endless), "")
}

// notJudged says what else there was that no limit was held to: increases, the leaks of so many processes that did
// not end as such, and processes.
func notJudged(result *tracker.Result, increases bool, endless int) (all []string) {
	add := func(format string, args ...any) { all = append(all, "; "+fmt.Sprintf(format, args...)) }
	if increases {
		add("increases not judged without --baseline")
	}
	if endless > 0 {
		add("leaks of %s not judged: forked, replaced by exec or still running", human.Counted(uint64(endless), "process"))
	}
	if n := result.Others.Processes; n > 0 {
		add("%s not checked, of at most %s: --children checks all", human.Counted(uint64(n), "smaller process"), human.Bytes(result.Others.Peak))
	}
	var programs []string
	for _, u := range result.Unrecorded {
		programs = append(programs, u.Program)
	}
	if len(programs) > 0 {
		add("not checked, as it cannot be recorded: %s", wording.SomeOf(programs))
	}
	return all
}
