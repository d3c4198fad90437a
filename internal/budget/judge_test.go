package budget

import (
	"bytes"
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/finding"
	reportjson "heapprof/internal/report/json"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
)

// limits returns a budget of limits, as they are parsed.
func limits(t *testing.T, max ...string) Budget {
	t.Helper()
	var b Budget
	for _, text := range max {
		l, err := ParseLimit(text)
		if err != nil {
			t.Fatal(err)
		}
		b.Max = append(b.Max, l)
	}
	return b
}

// increases returns a budget of increases, as they are parsed.
func increases(t *testing.T, texts ...string) Budget {
	t.Helper()
	var b Budget
	for _, text := range texts {
		l, err := ParseIncrease(text)
		if err != nil {
			t.Fatal(err)
		}
		b.MaxIncrease = append(b.MaxIncrease, l)
	}
	return b
}

func verdict(t *testing.T, p *profile.Profile, o Options, budgets ...Budget) *Verdict {
	t.Helper()
	v, err := Judge(view.NewSource(p), budgets, o)
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// reported returns the sum of a metric in a report as JSON, with a focus.
func reported(t *testing.T, p *profile.Profile, focus *regexp.Regexp, m view.Metric) uint64 {
	t.Helper()
	r, err := view.NewReport(view.NewSource(p), view.Options{Metric: &m, Focus: focus})
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if err := reportjson.Report(&out, r); err != nil {
		t.Fatal(err)
	}
	var doc struct {
		Rows []struct {
			Kind   string
			Values map[string]json.Number
		}
	}
	if err := json.Unmarshal(out.Bytes(), &doc); err != nil {
		t.Fatal(err)
	}
	var sum uint64
	for _, row := range doc.Rows {
		if row.Kind == "unfocused" {
			continue
		}
		var n uint64
		if _, err := fmt.Sscan(row.Values[m.String()].String(), &n); err != nil {
			t.Fatal(err)
		}
		sum += n
	}
	return sum
}

func TestValuesAreThoseOfReports(t *testing.T) {
	profiles := map[string]*profile.Profile{
		"sample": reporttest.Sample(), "typed": reporttest.Typed(), "held": reporttest.Held(), "valgrind": reporttest.Foreign(t, "valgrind-heap.json"), "dhat-rs": reporttest.Foreign(t, "dhat-rs-heap.json"),
	}
	for seed := range uint64(2) {
		profiles[fmt.Sprint("random ", seed)] = reporttest.Random(seed)
	}
	for name, p := range profiles {
		p.FindLost()
		for _, focus := range []string{"", "f1", "main|Parser", `\.so`, `\.c$`, "^f2$", "Vec<", "nothing at all"} {
			for _, m := range metrics {
				l := Limit{Metric: m.name}
				if focus != "" {
					l.At = regexp.MustCompile(focus)
				}
				metric, _ := m.name.In(p)
				if !metric.Has(p) {
					continue
				}
				j := verdict(t, p, Options{}, Budget{Max: []Limit{l}}).Judgements[0]
				if want := reported(t, p, l.At, metric); j.Value != (Amount{want, want, want}) {
					t.Errorf("%s, %s: %+v, the report has %d", name, l.Subject(), j.Value, want)
				}
				var sites uint64
				for _, c := range j.Contributors {
					sites += c.Amount
				}
				if j.Outcome == Exceeded && sites != j.Value.N {
					t.Errorf("%s, %s: sites have %d of %d", name, l.Subject(), sites, j.Value.N)
				}
			}
		}
	}
}

func TestALimitIsExceededByOneAndNotByNone(t *testing.T) {
	p := reporttest.Random(3)
	peak := p.Totals().PeakBytes
	for _, c := range []struct {
		limit, tolerance uint64 // tolerance in thousandths of a percent
		want             Outcome
	}{
		{peak, 0, Kept}, {peak - 1, 0, Exceeded}, {peak + 1, 0, Kept}, {0, 0, Exceeded}, {0, 50_000, Exceeded},
		{peak * 100 / 101, 1_000, Exceeded}, {peak*100/101 + 1, 1_000, Kept},
	} {
		b := limits(t, fmt.Sprint("peak-bytes=", c.limit))
		b.Tolerance = Percent(c.tolerance * 1000)
		if j := verdict(t, p, Options{}, b).Judgements[0]; j.Outcome != c.want {
			t.Errorf("%d of %d, with a tolerance of %s: outcome %d, want %d", peak, c.limit, b.Tolerance, j.Outcome, c.want)
		}
	}
}

func TestAPercentageIsOfWhatItSays(t *testing.T) {
	p := reporttest.Random(3)
	p.Columns |= profile.Temporary | profile.Reallocs
	for i := range p.Points {
		rest := p.Points[i].Edit()
		rest.TemporaryBlocks, rest.Reallocs = p.Points[i].TotalBlocks/4, p.Points[i].TotalBlocks/3
	}
	all := p.Totals()
	f1, _, err := view.Focused(view.NewSource(p), regexp.MustCompile("f1"))
	if err != nil {
		t.Fatal(err)
	}
	for text, whole := range map[string]uint64{
		"temporary-blocks=1%": all.TotalBlocks - all.Rest().Reallocs, "temporary-blocks@f1=1%": f1.Distinct(), "end-bytes=1%": all.TotalBytes,
		"leaked-blocks@f1=1%": f1.Get(view.TotalBlocks), "peak-bytes@f1=50%": all.PeakBytes, "total-blocks@f1=50%": all.TotalBlocks,
	} {
		j := verdict(t, p, Options{}, limits(t, text)).Judgements[0]
		if j.Whole.N != whole || j.Most != j.Limit.Percent.Of(whole) || (j.Outcome == Exceeded) != (j.Value.N > j.Most) {
			t.Errorf("%s: %+v, of %d", text, j, whole)
		}
	}
}

func TestASiteOfSeveralLinesIsAtTheOneWithMost(t *testing.T) {
	several := false
	for _, c := range verdict(t, reporttest.Lines(), Options{}, limits(t, "peak-bytes=0")).Judgements[0].Contributors {
		several = several || c.Site.Line > 0
		if c.Site.File != "" && c.Site.Line == 0 {
			t.Errorf("%s has no line", c.Site.Name)
		}
	}
	if !several {
		t.Error("no site has a line")
	}
}

func TestTheWorstStandsFirst(t *testing.T) {
	v := verdict(t, reporttest.Random(1), Options{}, limits(t, "peak-bytes=1GiB", "total-blocks=10", "temporary-blocks=5%", "total-bytes=1TiB", "peak-blocks=1"))
	var got []string
	for _, j := range v.Judgements {
		got = append(got, string(j.Limit.Metric))
	}
	if want := []string{"temporary-blocks", "peak-blocks", "total-blocks", "peak-bytes", "total-bytes"}; !slices.Equal(got, want) {
		t.Errorf("%q, want %q", got, want)
	}
	if v.Outcome() != Exceeded {
		t.Error("what cannot be judged hides what is exceeded")
	}
}

func TestWhatIsLostIsLeakedWhereItIsKnown(t *testing.T) {
	held := reporttest.Held()
	held.FindLost()
	unfreed := reporttest.Held()
	unfreed.Recording.Snapshots = nil
	sum := held.Totals()
	lost, end := sum.Rest().LostBytes, sum.EndBytes
	for _, c := range []struct {
		p     *profile.Profile
		basis Basis
		want  uint64
	}{{held, Lost, lost}, {unfreed, NeverFreed, end}} {
		if j := verdict(t, c.p, Options{}, limits(t, "leaked-bytes=0")).Judgements[0]; j.Basis != c.basis || j.Value.N != c.want || j.Outcome != Exceeded {
			t.Errorf("%+v, want %d by basis %d", j, c.want, c.basis)
		}
	}
	// They are not compared.
	j := verdict(t, held, Options{Baseline: view.NewSource(unfreed)}, increases(t, "leaked-bytes=1TiB")).Judgements[0]
	if j.Outcome != Unknown || j.Why != OtherBasis {
		t.Errorf("leaks that are told otherwise: %+v", j)
	}
}

func TestKnownLeaksAreLeftOutOfLeaksAlone(t *testing.T) {
	p := reporttest.Held()
	p.FindLost()
	sum := p.Totals()
	lost := sum.Rest().LostBytes
	ignores := []Ignore{{Leak: "lose_list"}, {Leak: "lost.cc$"}, {Leak: "nobody"}, {Finding: "grows"}}
	v := verdict(t, p, Options{Ignores: ignores}, limits(t, "leaked-bytes=0", "lost-bytes=0", "total-blocks=1"))
	if len(v.Ignored) != 3 || v.Ignored[0].Times == 0 || v.Ignored[1].Times == 0 || v.Ignored[2].Times != 0 {
		t.Fatalf("ignored: %+v", v.Ignored)
	}
	for _, j := range v.Judgements {
		switch j.Limit.Metric {
		case "leaked-bytes":
			if want := lost - v.Ignored[0].Amount.Bytes - v.Ignored[1].Amount.Bytes; j.Value.N != want || want == lost {
				t.Errorf("leaked are %d, want %d", j.Value.N, want)
			}
		case "lost-bytes":
			if j.Value.N != lost {
				t.Errorf("lost are %d, want %d", j.Value.N, lost)
			}
		}
	}
	if got := p.Totals().Rest().LostBytes; got != lost {
		t.Errorf("the profile itself has %d lost bytes after it was judged, of %d", got, lost)
	}
}

func TestAnIncreaseIsOverTheBaseline(t *testing.T) {
	before, after := reporttest.Random(2), reporttest.Random(2)
	after.Points[5].TotalBlocks += 7
	after.Points[5].PeakBytes += 1000
	was := before.Totals()
	for text, want := range map[string]Outcome{
		"total-blocks=7": Kept, "total-blocks=6": Exceeded, "total-bytes=0%": Kept, "peak-bytes=999": Exceeded, "peak-bytes=1000": Kept,
		fmt.Sprintf("total-blocks=%.6f%%", 100*7/float64(was.TotalBlocks)+0.000001): Kept,
		fmt.Sprintf("total-blocks=%.6f%%", 100*7/float64(was.TotalBlocks)-0.000001): Exceeded,
		"temporary-blocks=0": Unknown,
	} {
		j := verdict(t, after, Options{Baseline: view.NewSource(before)}, increases(t, text)).Judgements[0]
		if j.Outcome != want {
			t.Errorf("%s: %+v, want outcome %d", text, j, want)
		}
		if j.Outcome == Exceeded && (len(j.Contributors) != 1 || j.Contributors[0].Amount != j.Value.N-j.Before.N) {
			t.Errorf("%s: the sites that grew: %+v", text, j.Contributors)
		}
	}
	v := verdict(t, after, Options{Baseline: view.NewSource(before)}, increases(t, "0%", "total-blocks=7"))
	if n := len(v.Judgements); n != 4 || v.Judgements[0].Limit.Metric != "peak-bytes" || v.Judgements[0].Outcome != Exceeded || v.Judgements[1].Outcome != Kept {
		t.Errorf("a percentage for all, but for what has its own: %+v", v.Judgements)
	}
	before.Recording = &profile.Recording{Counts: profile.Counts{LostEvents: 1}}
	if j := verdict(t, after, Options{Baseline: view.NewSource(before)}, increases(t, "peak-bytes=1TiB")).Judgements[0]; j.Outcome != Unknown || j.Why != EventsLostThen {
		t.Errorf("over a baseline that lacks calls: %+v", j)
	}
	early := reporttest.Held()
	early.Recording.Snapshots = early.Recording.Snapshots[:1]
	early.FindLost()
	lost := reporttest.Held()
	lost.FindLost()
	for name, c := range map[string]struct {
		before, after *profile.Profile
		end           *profile.Recording
		why           Why
	}{
		"ended by a signal":      {before, after, &profile.Recording{Signal: 15}, NoEndThen},
		"written while it ran":   {before, after, &profile.Recording{Dump: &profile.Dump{Why: profile.DumpAsked}}, NoEndThen},
		"cut":                    {before, after, &profile.Recording{Dump: &profile.Dump{Why: profile.DumpFlush}}, EventsLostThen},
		"looked at before exit":  {early, lost, early.Recording, NoEndThen},
		"that ended by itself":   {before, after, &profile.Recording{}, 0},
		"looked at at exit only": {lost, lost, lost.Recording, 0},
	} {
		c.before.Recording = c.end
		b := view.NewSource(Baseline(c.before)) // what it is for must be in what is kept
		if j := verdict(t, c.after, Options{Baseline: b}, increases(t, "leaked-bytes=1TiB")).Judgements[0]; j.Why != c.why || (j.Outcome == Kept) != (c.why == 0) {
			t.Errorf("over a baseline %s: %+v, want why %d", name, j, c.why)
		}
	}
	before.Recording = &profile.Recording{Signal: 15}
	for i := range after.Points {
		after.Points[i].EndBytes, after.Points[i].EndBlocks = 0, 0
	}
	if j := verdict(t, after, Options{Baseline: view.NewSource(before)}, increases(t, "leaked-bytes=0")).Judgements[0]; j.Outcome != Kept {
		t.Errorf("nothing leaked, over a baseline that does not tell: %+v", j)
	}
	if j := verdict(t, after, Options{}, increases(t, "total-blocks=0")).Judgements[0]; j.Outcome != Skipped || j.Why != NothingBefore {
		t.Errorf("without a baseline: %+v", j)
	}
}

func TestABaselineHasTheNumbersAndNothingOfTheRun(t *testing.T) {
	for _, p := range []*profile.Profile{reporttest.Held(), reporttest.WithFacts(), reporttest.Sampled()} {
		p.FindLost()
		p.Command = "/home/me/bin/server --token secret"
		b := Baseline(p)
		if b.Command != "server" || b.PID != 0 || b.Recording.Host != "" || len(b.Timeline)+len(b.Moments) > 0 {
			t.Errorf("of the run: %q, %d, %+v", b.Command, b.PID, b.Recording)
		}
		b.Columns &^= profile.Lost
		for i := range b.Points {
			rest := b.Points[i].Edit()
			rest.LostBytes, rest.LostBlocks = 0, 0
		}
		b.FindLost() // as when it is read again
		got, want := b.Totals(), p.Totals()
		got.Samples, want.Samples = nil, nil
		if !reflect.DeepEqual(got, want) {
			t.Errorf("the baseline's totals are\n%+v, the profile's\n%+v", got, want)
		}
	}
}

func TestAFindingThatIsForbiddenIsToldUnlessItIsKnown(t *testing.T) {
	p := reporttest.Found()
	all := finding.Faults(view.NewSource(p))
	if len(all) == 0 {
		t.Fatal("nothing is found")
	}
	code := all[0].Code
	b := Budget{FailOn: []Code{code, "unreachable", "freed-twice"}}
	v := verdict(t, p, Options{}, b)
	if v.Outcome() != Exceeded || v.Findings[0].Outcome != Unknown || v.Findings[2].Code != code || v.Findings[2].Findings[0].Code != code {
		t.Errorf("forbidden: %+v", v.Findings)
	}
	v = verdict(t, p, Options{Ignores: []Ignore{{Finding: code, At: regexp.MustCompile("nosuch")}, {Finding: code}}}, Budget{FailOn: []Code{code}})
	if v.Outcome() != Kept || v.Ignored[0].Times != 0 || v.Ignored[1].Times == 0 {
		t.Errorf("known: %+v, %+v", v.Findings, v.Ignored)
	}
	wrong := reporttest.WrongFrees()
	for _, f := range finding.WrongFrees(view.NewSource(wrong)) {
		if f.Evidence.Blocks == f.Evidence.Count || f.Site == nil {
			continue
		}
		at := regexp.MustCompile(regexp.QuoteMeta(f.Site.Name))
		v := verdict(t, wrong, Options{Ignores: []Ignore{{Finding: f.Code, At: at}}}, Budget{FailOn: []Code{f.Code}})
		if v.Outcome() != Exceeded {
			t.Errorf("%s: that the worst place is known hides others", f.Code)
		}
	}
}

func TestSubjectsChooseTheirBudgets(t *testing.T) {
	p := &profile.Profile{Command: "/a b/app --load x", Recording: &profile.Recording{Program: "/a b/app"}}
	re := regexp.MustCompile
	all := []Budget{
		{Name: "all"}, {Name: "program", Program: re("^app --load")}, {Name: "other", Program: re("^load")}, {Name: "test", Test: re("^parser::")},
		{Name: "both", Program: re("^app"), Test: re("big$")}, {Name: "any", Test: re(".*")},
	}
	for test, want := range map[string]string{"": "all program", "parser::big": "all program test both any", "lexer::big": "all program both any"} {
		var got []string
		for _, b := range SubjectOf(p, test).Budgets(all) {
			got = append(got, b.Name)
		}
		if strings.Join(got, " ") != want {
			t.Errorf("of the test %q: %q, want %q", test, got, want)
		}
	}
	for _, c := range []struct{ program, command, want string }{
		{"/a b/my app", "/a b/my app --load x", "my app --load x"}, {"/a b/my app", "my app", "my app"}, {"/a b/my app", "./a b/my app x y", "my app x y"},
		{"/a b/my app", "../../a b/my app", "my app"}, {"/a b/my app", "started as else", "started as else"}, {"/a b/my", "my app", "my app"},
		{"/bin/app", "bin/app --load /a b", "app --load /a b"}, {"", "./app x", "app x"},
		{"/t/loading-9f0c4a61ba2d61a5", "/t/loading-9f0c4a61ba2d61a5 --exact a", "loading --exact a"},
	} {
		p := &profile.Profile{Command: c.command, Recording: &profile.Recording{Program: c.program}}
		if got := SubjectOf(p, "").Program; got != c.want {
			t.Errorf("%q, of %s: %q, want %q", c.command, c.program, got, c.want)
		}
	}
}
