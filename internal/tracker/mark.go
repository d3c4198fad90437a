package tracker

import "time"

// Marked is a mark that was made in a recording that another process makes.
type Marked struct {
	Name    string        // of the mark: another than was asked for where there was one of that name, or it was too long
	Since   time.Duration // its moment: since the program began, or the whole recording where the mark is for all
	Program string        // the name of the program; "": the mark is for all that are recorded
}

// Snapshotted is what Snapshot came to.
type Snapshotted struct {
	Marked
	Copied bool     // what holds the blocks will be told
	Files  []string // the profiles that were written, as the recorder calls them; none where it could not
}

// MarkError is the error for a mark that could not be made, by its code.
type MarkError struct {
	Code MarkErrorCode
	Err  error // what the system says; nil: nothing
}

func (e *MarkError) Error() string { return "the mark was not made: " + string(e.Code) }

// MarkErrorCode is why a mark could not be made.
type MarkErrorCode string

const (
	MarkNoProcess      MarkErrorCode = "no-process"       // there is no such process
	MarkNotRecorded    MarkErrorCode = "not-recorded"     // it is no recorder and not recorded
	MarkNotYetRecorded MarkErrorCode = "not-yet-recorded" // it is a child that has allocated nothing since it was forked
	MarkForbidden      MarkErrorCode = "forbidden"        // it is another user's
	MarkUnseen         MarkErrorCode = "recorder-unseen"  // its recorder cannot be seen from here, as in another PID namespace
	MarkOtherVersion   MarkErrorCode = "other-version"    // its recorder is of another version
	MarkRecordingOver  MarkErrorCode = "recording-over"   // its recorder has gone, or records no more
	MarkTooLate        MarkErrorCode = "too-late"         // it has ended meanwhile
	MarkTooMany        MarkErrorCode = "too-many"         // it has as many marks as it may have
	MarkQueueFull      MarkErrorCode = "queue-full"       // more have been asked for than were made
	MarkNotWritten     MarkErrorCode = "not-written"      // the mark was made, and no profile could be written, nor the process be copied
	MarkNoAnswer       MarkErrorCode = "no-answer"        // its recorder does not answer, as when it was stopped
	MarkUnknown        MarkErrorCode = "unknown"          // Err says what
)

// MaxMarkName is how many bytes the name of a mark may have: the rest is cut.
const MaxMarkName = 80
