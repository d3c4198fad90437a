package screen

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
	"heapprof/internal/tracker"
)

// Screen returns what is shown of a recording under way.
func (l *Looker) Screen() *terminal.Options {
	l.courses = make(map[courseOf][]uint64)
	o := &terminal.Options{
		NoSource: noSourceWords, Edit: editLine, Explain: l.explain,
		Live: &terminal.Live{Every: l.o.Period, Look: l.head, Keys: l.keys(), Quit: l.o.Quit, Ended: l.live.Ended()},
	}
	for _, t := range liveTabs() {
		o.Tabs = append(o.Tabs, terminal.Tab{Name: t.name, Page: func(a terminal.Ask) terminal.Answer { return l.page(t, a) }})
	}
	o.Tabs = append(o.Tabs, terminal.Tab{Name: leaksTab, Page: l.leaks})
	o.Command = func(int, terminal.Ask) string { return "heapprof report FILE" }
	return o
}

// head takes a look and says what stands above the tabs.
func (l *Looker) head() terminal.Head {
	_ = l.take() // at the end what was seen last stays
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil {
		return terminal.Head{}
	}
	return terminal.Head{Title: wording.CommandLine(l.now.Profile, 0).Text, Aside: l.aside(), Lines: l.headLines(), Files: l.files}
}

// aside says which process it is, and how long it has been recorded.
func (l *Looker) aside() string {
	of := ""
	if l.others > 0 {
		of = fmt.Sprintf(" of %s", human.Counted(uint64(l.others)+1, "process"))
	}
	return fmt.Sprintf("pid %d%s, %s %s", l.now.Profile.PID, of, l.came(), briefTime(float64(l.now.time)/1e6))
}

// came says since when calls count: since the program began, or since it was come to.
func (l *Looker) came() string {
	if l.now.Profile.IsAttached() {
		return "attached"
	}
	return "recorded"
}

// headLines are the numbers of the whole process.
func (l *Looker) headLines() []string {
	p, u, f := l.now.Profile, human.UnitsOf(l.now.Profile), l.facts()
	inAll := "in all"
	if p.IsAttached() {
		inAll = "since then"
	}
	second := fmt.Sprintf("%s allocations/s  %s/s  %s %s in %s", u.Count(f.Allocations), u.Size(f.AllocatedBytes), inAll, u.Size(f.TotalBytes), u.Blocks(f.TotalBlocks))
	if f.Lost > 0 {
		second += "  lost " + human.Counted(f.Lost, "call")
	}
	if !p.Sampling.IsExact() {
		second += fmt.Sprintf("  ~ estimates: one block in %s", human.Bytes(p.Sampling.MeanBytes))
	}
	return []string{
		fmt.Sprintf("live %s in %s  peak %s  resident %s  %s", u.Size(f.LiveBytes), u.Blocks(f.LiveBlocks), u.Size(f.PeakBytes), orUnknown(f.Resident), human.Counted(f.Threads, "thread")),
		second,
	}
}

func orUnknown(bytes uint64) string {
	if bytes == 0 {
		return "?"
	}
	return human.Bytes(bytes)
}

// keys are what can be done besides looking.
func (l *Looker) keys() []terminal.Key {
	keys := []terminal.Key{
		{Name: "s", Shown: "s", Does: "set a mark, which the profile has too, and from which d counts", Short: "s mark", Press: l.setMark, Asks: true},
		{Name: "d", Shown: "d", Does: "what changed since the mark, or again since the last look", Short: "d since mark", Press: l.toggleSince, Asks: true},
		{Name: "l", Shown: "l", Does: "leaks so far: what was not freed until now; again looks anew", Short: "l leaks", Tab: len(liveTabs()) + 1},
		{Name: "w", Shown: "w", Does: "write a profile of all until now", Short: "w write", Press: l.writeProfile},
		{Name: ">", Shown: ">", Does: "the next process that is recorded", Press: l.nextProcess, Asks: true},
	}
	if l.o.Interrupt != nil {
		keys = append(keys, terminal.Key{Name: "ctrl+c", Shown: "Ctrl-C", Does: "interrupt the program", Press: func() string {
			l.o.Interrupt()
			return "the program was sent SIGINT"
		}})
	}
	return keys
}

// setMark makes a mark and remembers what there was then.
func (l *Looker) setMark() string {
	live := l.chosen()
	name, err := live.Mark("live")
	if err != nil {
		return liveErrorWords(err)
	}
	p, err := live.Look()
	if err != nil {
		return liveErrorWords(err)
	}
	taken := l.newLook(p)
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.now == nil || !isSameProcess(l.now.Profile, p) {
		return "another program runs by now: press it again"
	}
	l.marked, l.mark = taken, name
	return fmt.Sprintf("marked %q: d shows what changed since", name)
}

// toggleSince shows what changed since the mark, or no longer.
func (l *Looker) toggleSince() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch {
	case l.marked == nil:
		return "there is no mark: s sets one, then d shows what changed since"
	case l.since:
		l.since = false
		return "what changed since the last look"
	}
	l.since = true
	return fmt.Sprintf("what changed since the mark %q", l.mark)
}

// writeProfile writes all that there is until now.
func (l *Looker) writeProfile() string {
	p, err := l.chosen().Profile()
	if err != nil {
		return liveErrorWords(err)
	}
	file, err := l.o.Write(p)
	if err != nil {
		return err.Error()
	}
	return "wrote " + file
}

// nextProcess looks at another process that is recorded.
func (l *Looker) nextProcess() string {
	all, err := l.live.Processes()
	if err != nil {
		return liveErrorWords(err)
	}
	if len(all) < 2 || l.o.Of == nil {
		return "no other process is recorded"
	}
	slices.SortFunc(all, func(a, b tracker.LiveProcess) int { return a.PID - b.PID })
	l.mu.Lock()
	shown := 0
	if l.now != nil {
		shown = int(l.now.Profile.PID)
	}
	l.mu.Unlock()
	at := slices.IndexFunc(all, func(p tracker.LiveProcess) bool { return p.PID > shown })
	next := all[max(at, 0)]
	l.choose(next.PID)
	if err := l.take(); err != nil {
		return liveErrorWords(err)
	}
	return fmt.Sprintf("process %d, %s", next.PID, names.Printable(next.Program))
}

// liveErrorWords says why a recording under way could not be asked.
func liveErrorWords(err error) string {
	var mark *tracker.MarkError
	switch {
	case errors.Is(err, tracker.ErrEnded):
		return "the recording has ended"
	case errors.Is(err, tracker.ErrNoSuchProcess):
		return "this process has ended"
	case errors.As(err, &mark) && mark.Code == tracker.MarkTooMany:
		return "there are as many marks as there can be"
	}
	return err.Error()
}

// leaks answers what may be leaking, as far as the whole profile of this moment tells: what lives more and more.
func (l *Looker) leaks(a terminal.Ask) terminal.Answer {
	s, err := l.wholeProfile()
	if err != nil {
		return noAnswer(liveErrorWords(err))
	}
	r, err := view.NewReport(s, view.Options{Question: view.AskGrowth, AllFrames: a.AllFrames, Focus: a.Filter, Top: mostLiveRows})
	switch {
	case errors.Is(err, view.ErrNoFacts):
		return noAnswer("what grew is not told of this recording")
	case err != nil:
		return noAnswer(err.Error())
	case r.Span == nil:
		return noAnswer("too little has happened so far to tell what grows; l looks anew")
	}
	numbers := text.NumbersOf(r)
	cell := func(kind view.ColumnKind) outline.Column {
		c := view.Column{Kind: kind}
		return outline.Column{Title: numbers.Title(c), Cell: func(row *view.Row) string { return numbers.Cell(c, row) }}
	}
	columns := []outline.Column{cell(view.Risen), {Title: "not freed", Cell: func(row *view.Row) string {
		return r.Units.Percent(row.Sums.Get(view.EndBlocks), row.Sums.Distinct())
	}}, cell(view.LiveCourse), {Title: "live", Cell: func(row *view.Row) string { return r.Units.Cell(row.Sums.Get(view.EndBytes)) }}}
	columns[2].Title = "so far"
	said := fmt.Sprintf("what lives more and more, so far (%s): %s", r.Units.Time(float64(s.Profile.EndTime)), wording.SpanFact(r)[0].Text)
	words := outline.Words{Name: "site, its callers below", Lines: "at lines", Callers: "called by", Unfocused: "not matching the filter"}
	return terminal.Answer{Page: outline.OfReportBy(r, columns, 3, words), Said: said, Folds: true, Filters: true}
}

// wholeProfile has the profile of this moment made.
func (l *Looker) wholeProfile() (*view.Source, error) {
	p, err := l.chosen().Profile()
	if err != nil {
		return nil, err
	}
	return view.NewSourceByRules(p, l.o.Rules), nil
}

// explain says what was found in all until now.
func (l *Looker) explain(width int) terminal.Explanation {
	s, err := l.wholeProfile()
	if err != nil {
		return terminal.Explanation{Lines: []string{" " + liveErrorWords(err)}}
	}
	x := newExplanation(width, l.o.Streams.Color)
	x.Lines = append(x.Lines, " "+strings.TrimSpace("so far: what was found in the first "+human.UnitsOf(s.Profile).Time(float64(s.Profile.EndTime))))
	x.findings(reports.NewExplainer(s, &l.o.source))
	return x.Explanation
}
