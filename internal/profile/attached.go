package profile

// Attached is how a recording came to a program that ran already, and went again. The profile is of what happened
// between: what is live at its end is what was allocated meanwhile and lived then, and nobody knows what lived before.
type Attached struct {
	Age uint64 // microseconds that the process had run when the recording began; 0: not known

	// What was freed and resized of the blocks that the program had before, as far as it was seen. Of their sizes nothing is
	// known, and they are in no number; a resized one is a new block of the stack that has resized it. Both are 0 where
	// blocks are sampled: there nobody can tell such a block from one that was not sampled.
	FreedBefore   uint64
	ResizedBefore uint64

	Pauses Pauses // for which all threads of the process stood still
	End    AttachEnd
}

// Pauses is how often, and for how long, a process was made to stand still.
type Pauses struct {
	Count           uint64
	Median, Longest uint64 // microseconds
}

// AttachEnd is why a recording left a process that it had come to. A reader takes one that it does not know for AttachAsked.
type AttachEnd string

const (
	AttachAsked    AttachEnd = "asked"    // somebody asked for it, as by Ctrl-C
	AttachDuration AttachEnd = "duration" // the time was over for which it was to be recorded
	AttachExited   AttachEnd = "exited"   // the process has ended, nobody knows how
	AttachExec     AttachEnd = "exec"     // the process has become another program
	AttachStood    AttachEnd = "stopped"  // the recorder was stopped, as by Ctrl-Z, and the process was not to wait for it
	AttachForked   AttachEnd = "forked"   // it is a child that the process has forked, which has ended
)

// IsAttached reports whether the program ran already when the recording of a profile began.
func (p *Profile) IsAttached() bool { return p.Recording != nil && p.Recording.Attached != nil }

// LivesOn reports whether a profile tells nothing of how its program left its heap: it was written while that went on, or is of
// a part of its life.
func (p *Profile) LivesOn() bool {
	return p.RunsOn || p.Recording != nil && (p.Recording.Dump != nil || p.IsAttached())
}
