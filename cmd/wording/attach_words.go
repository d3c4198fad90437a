package wording

import (
	"errors"
	"fmt"
	"path/filepath"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/report/names"
	"heapprof/internal/report/text"
	"heapprof/internal/tracker"
)

// AttachedFacts returns the lines that say that a profile is of a program that ran already, of which part of its life, and what is
// in no number for that; nothing where the program was recorded from its start on.
func AttachedFacts(p *profile.Profile) []text.Fact {
	if !p.IsAttached() {
		return nil
	}
	a, u := p.Recording.Attached, human.UnitsOf(p)
	u.Estimated = false
	words := fmt.Sprintf("to %s (pid %d) for %s", ProgramName(p), p.PID, u.Time(float64(p.EndTime)))
	if a.Age != 0 {
		words += fmt.Sprintf(", %s after it began", u.Time(float64(a.Age)))
	}
	return []text.Fact{{Label: "attached", Text: words + leftWords(a.End)}, {Label: "earlier", Text: BeforeWords(p)}}
}

// leftWords says why a recording ended that had come to a program which ran, where the program did not simply run on.
func leftWords(end profile.AttachEnd) string {
	switch end {
	case profile.AttachExited:
		return ", until it ended"
	case profile.AttachExec:
		return ", until it became another program"
	case profile.AttachStood:
		return ", until heapprof itself was stopped"
	case profile.AttachForked:
		return ", which is a child that it forked meanwhile"
	}
	return ""
}

// BeforeWords says what of the blocks is in no number that a program had before it was recorded.
func BeforeWords(p *profile.Profile) string {
	a := p.Recording.Attached
	switch {
	case !p.Sampling.IsExact():
		return "blocks from before are in no number; which of them were freed is not known, as blocks are sampled"
	case a.FreedBefore == 0 && a.ResizedBefore == 0:
		return "blocks from before are in no number; none of them was freed or resized"
	}
	words := fmt.Sprintf("%s of blocks from before %s in no number", human.Counted(a.FreedBefore, "free"), isOrAre(a.FreedBefore))
	if a.ResizedBefore > 0 {
		words += fmt.Sprintf("; %s of them that %s resized %s as new from then on", human.Count(a.ResizedBefore), WasOrWere(a.ResizedBefore), countOrCounts(a.ResizedBefore))
	}
	return words
}

// isOrAre returns the verb for n things.
func isOrAre(n uint64) string {
	if n == 1 {
		return "is"
	}
	return "are"
}

func countOrCounts(n uint64) string {
	if n == 1 {
		return "counts"
	}
	return "count"
}

// LivesOn reports whether a profile tells nothing of how its program left its heap: it was written while that went on, or
// is of a part of its life.
func LivesOn(p *profile.Profile) bool {
	return p.LivesOn()
}

// EndLabel is what the end of a profile is called.
func EndLabel(p *profile.Profile) string {
	if LivesOn(p) {
		return "at the end"
	}
	return "at exit"
}

// isAttached reports whether a profile is of a process that ran before, and so of a part of its run.
func isAttached(p *profile.Profile) bool { return p.Recording != nil && p.Recording.Attached != nil }

// AttachedStatus says in a few words what became of a program that was recorded for a part of its life.
func AttachedStatus(p *profile.Profile) string {
	u := human.UnitsOf(p)
	u.Estimated = false
	words := fmt.Sprintf("attached for %s", u.Time(float64(p.EndTime)))
	switch p.Recording.Attached.End {
	case profile.AttachExited, profile.AttachExec, profile.AttachStood:
		return words + leftWords(p.Recording.Attached.End)
	}
	return words + ", ran on"
}

// DetachedWords says what became of a process that was attached to.
func DetachedWords(p *profile.Profile) string {
	who := fmt.Sprintf("%s (%d)", ProgramName(p), p.PID)
	switch p.Recording.Attached.End {
	case profile.AttachExited:
		return who + " has ended"
	case profile.AttachExec:
		return who + " has become another program, which is not recorded"
	case profile.AttachStood:
		return fmt.Sprintf("detached when heapprof itself was stopped (as by Ctrl-Z), so that %s need not wait: it runs on", who)
	}
	return fmt.Sprintf("detached: %s runs on", who)
}

// PausesWords says how often and how long a process was made to stand still; "" for never.
func PausesWords(p *profile.Profile) string {
	pauses, u := p.Recording.Attached.Pauses, human.UnitsOf(p)
	u.Estimated = false
	switch pauses.Count {
	case 0:
		return ""
	case 1:
		return fmt.Sprintf("its threads stood still once, for %s", u.Time(float64(pauses.Longest)))
	}
	return fmt.Sprintf("its threads stood still %s times, for %s mostly and %s at most",
		human.Count(pauses.Count), u.Time(float64(pauses.Median)), u.Time(float64(pauses.Longest)))
}

// AttachError returns in words why a process was not recorded; nil for no error.
func AttachError(pid int, name string, err error) error {
	var refused *tracker.AttachError
	switch {
	case errors.Is(err, tracker.ErrNotBegun):
		return fmt.Errorf("process %d was not recorded: attach was ended before it had begun, and nothing has changed in it", pid)
	case !errors.As(err, &refused):
		return err
	}
	who := fmt.Sprintf("process %d", pid)
	if name != "" {
		who += fmt.Sprintf(" (%s)", names.Printable(filepath.Base(name)))
	}
	words := AttachCause(refused.Cause)
	if hint := attachHint(refused.Cause); hint != "" {
		words += "; " + hint
	}
	return fmt.Errorf("%s: %s", who, words)
}

// WaitingWords says for what an attach waits.
func WaitingWords(c profile.Cause) string { return AttachCause(c) }

// AttachCause words the causes of not attaching that are worded otherwise elsewhere.
func AttachCause(c profile.Cause) string {
	switch c.Code {
	case profile.TracedByOther:
		return fmt.Sprintf("process %d traces it already, as a debugger does or strace", c.Number)
	case profile.TracingDenied:
		return fmt.Sprintf("the system does not let heapprof trace it (%s), though its user and heapprof's rights would", c.Detail)
	case profile.ThreadNotStopped:
		return fmt.Sprintf("its thread %d cannot be stopped where it is", c.Number)
	}
	return CauseWords(c)
}

// attachHint returns what to do about a process that cannot be attached to; "" if that is not known.
func attachHint(c profile.Cause) string {
	switch c.Code {
	case profile.TracedByOther:
		return "end that first"
	case profile.TracingDenied:
		return "a security module (AppArmor, SELinux) or a sandbox forbids it: permit ptrace there"
	}
	return causeHint(c)
}
