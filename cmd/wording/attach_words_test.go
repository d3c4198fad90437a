package wording

import (
	"errors"
	"strings"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/tracker"
)

func TestAProfileSaysWhichPartOfItsProgramItIsOf(t *testing.T) {
	const of = "to app (pid 44) for 10.0 s"
	for _, c := range []struct {
		profile.Attached
		sampled           uint64
		attached, earlier string
	}{
		{
			Attached: profile.Attached{Age: 11_520_000_000, FreedBefore: 12345, ResizedBefore: 67, End: profile.AttachDuration},
			attached: of + ", 3 h 12 min after it began",
			earlier:  "12,345 frees of blocks from before are in no number; 67 of them that were resized count as new from then on",
		},
		{
			Attached: profile.Attached{FreedBefore: 1, ResizedBefore: 1, End: profile.AttachExec},
			attached: of + ", until it became another program",
			earlier:  "1 free of blocks from before is in no number; 1 of them that was resized counts as new from then on",
		},
		{
			Attached: profile.Attached{End: profile.AttachExited},
			attached: of + ", until it ended",
			earlier:  "blocks from before are in no number; none of them was freed or resized",
		},
		{
			Attached: profile.Attached{End: profile.AttachAsked}, sampled: 512 << 10,
			attached: of,
			earlier:  "blocks from before are in no number; which of them were freed is not known, as blocks are sampled",
		},
	} {
		p := reporttest.Heap()
		p.Recording.Attached, p.Sampling.MeanBytes = &c.Attached, c.sampled
		facts := endFacts(p)
		if len(facts) != 2 || facts[0].Text != c.attached || facts[1].Text != c.earlier {
			t.Errorf("%+v, want\n%s\n%s", facts, c.attached, c.earlier)
		}
		if got := liveLabel(p); got != "live then" {
			t.Errorf("what lives at the end is called %q", got)
		}
	}
}

func TestWhatAnAttachSaysAtItsEnd(t *testing.T) {
	for _, c := range []struct {
		end            profile.AttachEnd
		pauses         profile.Pauses
		detached, said string
	}{
		{profile.AttachDuration, profile.Pauses{}, "detached: app (44) runs on", ""},
		{profile.AttachAsked, profile.Pauses{Count: 1, Median: 900, Longest: 900}, "detached: app (44) runs on", "its threads stood still once, for 900 µs"},
		{profile.AttachExited, profile.Pauses{Count: 1200, Median: 900, Longest: 40_000}, "app (44) has ended", "its threads stood still 1,200 times, for 900 µs mostly and 40.0 ms at most"},
		{profile.AttachExec, profile.Pauses{}, "app (44) has become another program, which is not recorded", ""},
		{profile.AttachStood, profile.Pauses{}, "detached when heapprof itself was stopped (as by Ctrl-Z), so that app (44) need not wait: it runs on", ""},
	} {
		p := reporttest.Heap()
		p.Recording.Attached = &profile.Attached{End: c.end, Pauses: c.pauses}
		if detached, said := DetachedWords(p), PausesWords(p); detached != c.detached || said != c.said {
			t.Errorf("%q, %q; want %q, %q", detached, said, c.detached, c.said)
		}
	}
}

func TestWhyAProcessIsNotAttachedTo(t *testing.T) {
	refused := &tracker.AttachError{PID: 4711, Cause: profile.Cause{Code: profile.TracedByOther, Number: 99}}
	for _, c := range []struct {
		name string
		err  error
		want string
	}{
		{"/usr/bin/app", refused, "process 4711 (app): process 99 traces it already, as a debugger does or strace"},
		{"", tracker.ErrNotBegun, "process 4711 was not recorded: attach was ended before it had begun, and nothing has changed in it"},
		{"", errors.New("no shared memory"), "no shared memory"},
	} {
		if got := AttachError(4711, c.name, c.err); !strings.HasPrefix(got.Error(), c.want) {
			t.Errorf("%q, want %q", got, c.want)
		}
	}
	if err := AttachError(1, "", nil); err != nil {
		t.Error(err)
	}
}
