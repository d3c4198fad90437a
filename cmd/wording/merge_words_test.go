package wording

import (
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
)

func TestWhatLivedInProcessesOneAfterAnotherIsDrawn(t *testing.T) {
	const mib = 1 << 20
	start := time.Date(2026, 11, 30, 0, 0, 0, 0, time.UTC)
	joint := &profile.Joint{Lives: []profile.Life{{Start: start, Time: 1_000_000, PeakBytes: 32 * mib}, {Start: start.Add(3 * time.Second), Time: 1_000_000, PeakBytes: 16 * mib}}}
	for i := range uint64(50) {
		joint.Course = append(joint.Course, profile.Reading{Time: i * 20_000, Bytes: 32 * mib})
	}
	joint.Course = append(joint.Course, profile.Reading{Time: 1_000_001})
	for i := range uint64(50) {
		joint.Course = append(joint.Course, profile.Reading{Time: 3_000_000 + i*20_000, Bytes: 16 * mib})
	}
	p := &profile.Profile{Merged: []profile.Part{{Command: "a", Profiles: 2}}, Units: profile.Units{Time: "µs"}, Recording: &profile.Recording{Joint: joint}}
	facts := jointFacts(p, 110)
	want := strings.Repeat("█", 10) + strings.Repeat(" ", 20) + strings.Repeat("▄", 10) + "  32.0 MiB at most, one process after another in 4.00 s"
	if len(facts) != 1 || facts[0].Text != want {
		t.Errorf("got %v, want %s", facts, want)
	}
	joint.Course = nil
	if facts := jointFacts(p, 110); facts != nil {
		t.Errorf("it is not known: %v", facts)
	}
}

func TestNothingIsSaidOfAnEndThatNobodyKnows(t *testing.T) {
	p := &profile.Profile{Merged: []profile.Part{{Command: "a", Profiles: 2}}, Recording: &profile.Recording{ExitCode: -1}}
	if text := MergedFacts(p)[0].Text; strings.Contains(text, "status") {
		t.Errorf("of two profiles whose programs ended as nobody knows it says %q", text)
	}
	p.Recording.ExitCode = 3
	if text := MergedFacts(p)[0].Text; !strings.Contains(text, "exited with status 3") {
		t.Errorf("of a program that exited with status 3 it says %q", text)
	}
	if got := EndWords(0, -1); strings.Contains(got, "-1") {
		t.Errorf("an unknown end is %q", got)
	}
}
