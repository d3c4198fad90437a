package screen

import (
	"fmt"
	"strings"

	"heapprof/cmd/opening"
	"heapprof/cmd/reports"
	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/report/held"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/outline"
	"heapprof/internal/report/terminal"
	"heapprof/internal/report/text"
	"heapprof/internal/report/view"
)

// remarkLines returns a remark as sentences.
func remarkLines(r text.Remark) (said []string) {
	if r.Text != "" {
		said = append(said, r.Text)
	}
	for _, below := range r.Below {
		words := strings.Join(strings.Fields(strings.Join([]string{below.Text, below.Function, below.Place}, " ")), " ")
		said = append(said, names.Printable(words))
	}
	return said
}

// resident answers what of the process's memory was resident.
func (v *viewer) resident(terminal.Ask) terminal.Answer {
	r := view.NewResident(v.source)
	if r == nil {
		return noAnswer(reports.ErrNoResident(v.source.Name, v.source.Profile).Error())
	}
	first := &r.Readings[0]
	said := fmt.Sprintf("what is in RAM: %s resident and %s live, after %s of %s", human.Bytes(first.Total()), human.Bytes(first.LiveBytes),
		r.Units.Time(float64(first.Time)), r.Units.Time(float64(v.source.Profile.EndTime)))
	return terminal.Answer{Said: said, Page: outline.OfResident(r, outline.ResidentWords{
		Reading: wording.ReadingTitle, Share: "%", Name: "what", Total: "resident", Pinning: "whose blocks keep these pages", Part: wording.PartWords,
		About: func(p profile.ResidentPart) []string {
			if !p.Kind.IsFree() || p.Bytes < wording.WorthResident || p.Bytes < first.Total()/10 {
				return nil
			}
			return wording.GapAdvice(p)
		},
		Pins: func(s *view.ResidentSite) string {
			return fmt.Sprintf("%s of live bytes in %s keep %s", human.Bytes(s.Sums.PinningBytes), human.Counted(s.Sums.PinningBlocks, "block"), human.Counted(s.Sums.PinnedPages, "page"))
		},
	})}
}

// retained answers who held the memory at a snapshot.
func (v *viewer) retained(a terminal.Ask) terminal.Answer {
	p := v.source.Profile
	index := chosenOf(p, a.Choice)
	if index < 0 {
		var err error
		if index, err = opening.ChosenSnapshot(p, v.source.Name, ""); err != nil {
			return noAnswer(err.Error())
		}
	}
	r := held.NewRetained(held.New(v.source, index))
	u := r.Units
	answer := terminal.Answer{
		Said: fmt.Sprintf("who held %s in %s, %s lost and %s shared; %s", u.Size(r.Live.Bytes), u.Blocks(r.Live.Blocks),
			u.Size(r.Unreached.Bytes), u.Size(r.Shared.Bytes), wording.SnapshotWords(r.Snapshot)),
		Choices: snapshotChoices(p), Choice: snapshotChoices(p)[index], Choose: "at the moment", Menu: "moment", Filters: true,
	}
	words := outline.HeldWords{
		Titles: [3]string{"retained", "%", "blocks"}, Name: "held by", Owner: wording.OwnerWords,
		About: func(o *held.Owner) []string {
			if below := wording.BelowOwner(r, o, o.Most); below != "" {
				return []string{names.Printable(below)}
			}
			return nil
		},
		Shared: wording.SharedWords, Lost: wording.LostWords, Untold: "held, by whom was not told apart", Total: "live", Blocks: "the blocks that retain most of it",
	}
	if a.Filter != nil {
		words.Unfocused = names.Printable("owners not matching /" + a.Filter.String())
	}
	if sharing := wording.SharingWords(r); sharing != "" {
		words.Sharing = []string{names.Printable(sharing)}
	}
	answer.Page = outline.OfRetained(r, words, a.Filter)
	return answer
}

// explain says all that is known of the profile in words: what stands above a report, then what was found.
func (v *viewer) explain(width int) terminal.Explanation {
	r, err := view.NewReport(v.source, view.Options{Top: 1})
	if err != nil {
		return terminal.Explanation{Lines: []string{names.Printable(err.Error())}}
	}
	x := newExplanation(width, v.o.streams.Color)
	x.facts(wording.ReportHead(r, width-2))
	x.findings(reports.NewExplainer(v.source, &v.o.source))
	return x.Explanation
}

// explanation is one under construction.
type explanation struct {
	terminal.Explanation
	width int
	color bool
}

func newExplanation(width int, color bool) *explanation {
	return &explanation{Explanation: terminal.Explanation{Of: map[outline.Subject]int{}}, width: width, color: color}
}

func (x *explanation) facts(facts []text.Fact) {
	var b strings.Builder
	_ = text.Facts(&b, facts, x.width-2, x.color) // a Builder takes all
	for line := range strings.Lines(b.String()) {
		x.Lines = append(x.Lines, " "+strings.TrimRight(line, "\n"))
	}
}

// findings adds all findings, each of which is a part.
func (x *explanation) findings(e *reports.Explainer) {
	if len(e.Findings) == 0 {
		x.Lines = append(x.Lines, "")
		for _, line := range text.Wrap(names.Printable(reports.NoFindings(e)), x.width-2) {
			x.Lines = append(x.Lines, " "+line)
		}
	}
	for _, f := range e.Findings {
		x.Lines = append(x.Lines, "")
		if f.Site != nil {
			subject := outline.SubjectOf(f.Site, f.Type)
			if _, known := x.Of[subject]; !known {
				x.Of[subject] = len(x.Marks)
			}
		}
		x.Marks = append(x.Marks, len(x.Lines))
		x.Heads = append(x.Heads, wording.Headline(f.Finding, e.Units))
		var b strings.Builder
		_ = text.Items(&b, text.Options{Width: x.width - 1, Color: x.color, Items: []text.Item{e.Item(f, false)}})
		for line := range strings.Lines(b.String()) {
			x.Lines = append(x.Lines, strings.TrimRight(line, "\n"))
		}
	}
}
