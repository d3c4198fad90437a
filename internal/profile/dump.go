package profile

// Dump is why a profile was written while its program went on. It is of all until then: what is live at its end lived
// at that moment.
type Dump struct {
	Why    DumpReason
	Number uint64 // of the files of this name, from 1 on; 0: it was to be replaced by the next one, and by that of the end
	Mark   string // the mark at its moment; "" where there is none

	// Use is the limit near which much was used, where it was written for that, and Bytes how many bytes of
	// blocks had to live, likewise; nil and 0: it was not.
	Use   *MemoryUse
	Bytes uint64

	// Recorder tells the process that has written it from all others, so that it can be known whether that is still
	// recording; "": that is not known.
	Recorder string
}

// IsCut reports whether the profile was to be replaced and was not: it lacks what came after it.
func (d *Dump) IsCut() bool { return d != nil && d.Why == DumpFlush }

// DumpReason is why a profile was written. A reader takes one that it does not know for DumpAsked.
type DumpReason string

const (
	DumpAsked DumpReason = "asked" // somebody asked for it from outside
	DumpEvery DumpReason = "every" // so much time had passed
	DumpLimit DumpReason = "limit" // memory came near a limit, or blocks to a size
	DumpFlush DumpReason = "flush" // it is what there is if the recording is cut
)

// MemoryUse is how much was used of what limits memory, at one moment.
type MemoryUse struct {
	Of    LimitOf
	Limit uint64 // bytes
	Used  uint64 // bytes; files that are only cached do not count
}

// LimitOf is what limits memory.
type LimitOf string

const (
	GroupLimit   LimitOf = "group"     // of the control group that the program is in, or of one around that
	AddressLimit LimitOf = "addresses" // of the program's address space (RLIMIT_AS)
	MachineLimit LimitOf = "machine"   // what memory there is
)

// OutOfMemory is how the kernel's out-of-memory killer ended a program.
type OutOfMemory struct {
	MemoryUse        // when it was last looked at; Limit is 0 where it is not known
	Anonymous uint64 // what the program had in RAM and in no file, in bytes; 0: not known
	Recorder  uint64 // what the recorder had of the same memory; 0: it was not in the same control group, or that is not known
}

// EndedEarly reports whether the program had no time to free what it has, or nobody knows that it had: see Recording.EndedEarly.
func (p *Profile) EndedEarly() bool {
	return p.RunsOn || p.Recording != nil && p.Recording.EndedEarly()
}

// EndedEarly reports whether the program had no time to free what it has, as it was ended by a signal or runs on. Of one that was recorded
// from the middle on nobody knows how it ended, if it has.
func (r *Recording) EndedEarly() bool { return r.Signal != 0 || r.Dump != nil || r.Attached != nil }
