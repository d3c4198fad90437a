package profile

import "slices"

// Note is one thing about a recording that readers of its numbers should know: what of the
// program's allocation is missing or may be, and why. It holds codes and evidence; the
// command line puts it into words.
type Note struct {
	Code       NoteCode
	Files      []string // base names of the programs or libraries that it is about
	Allocators []string // families of functions: "jemalloc", "rust"; or a function that the user named
	Functions  []NotedFunction
	Count      uint64 // of events that are known to be missing, or of blocks
	Causes     []Cause
	Remedy     Remedy
	Text       string // for Worded; a version of CPython
}

// NotedFunction is a function that a note is about, and the cause that it names.
type NotedFunction struct {
	Names []string // all that it has, demangled
	Cause Cause
}

// saysTheSame reports whether another note differs in nothing but its count.
func (n Note) saysTheSame(o Note) bool {
	sameCause := func(a, b Cause) bool { return a.String() == b.String() }
	sameFunction := func(f, g NotedFunction) bool { return slices.Equal(f.Names, g.Names) && sameCause(f.Cause, g.Cause) }
	return n.Code == o.Code && n.Remedy == o.Remedy && n.Text == o.Text && slices.Equal(n.Files, o.Files) && slices.Equal(n.Allocators, o.Allocators) &&
		slices.EqualFunc(n.Functions, o.Functions, sameFunction) && slices.EqualFunc(n.Causes, o.Causes, sameCause)
}

// NoteCode is what a note says.
type NoteCode string

// The notes. Each comment names the fields that are set besides Code.
const (
	// SharedMemoryOverwritten: the program wrote over memory that it shares with the
	// recorder, and the numbers may be too low.
	SharedMemoryOverwritten NoteCode = "shared-memory-overwritten"
	// ExecNotRecorded (Files, Causes): the program that took this one's place by exec,
	// whose path is in Files, was not recorded.
	ExecNotRecorded NoteCode = "exec-not-recorded"
	// FileNotRead (Files, Causes): whether the file has an allocator of its own is not
	// known, for it could not be read.
	FileNotRead NoteCode = "file-not-read"
	// MappedFilesUnknown (Causes): which files the program has mapped could not be read, so
	// that nothing in them was hooked.
	MappedFilesUnknown NoteCode = "mapped-files-unknown"
	// AllocatorNotHooked (Files, Allocators, Causes): the allocator's functions are as they
	// were, though it is known how to hook them.
	AllocatorNotHooked NoteCode = "allocator-not-hooked"
	// AllocatorLoadedLate (Files, Allocators, Causes): the library of the allocator came by
	// dlopen, and the loader could not be patched to tell of it.
	AllocatorLoadedLate NoteCode = "allocator-loaded-late"
	// FunctionsNotHooked (Files, Functions): some functions of an allocator that is hooked
	// are not.
	FunctionsNotHooked NoteCode = "functions-not-hooked"
	// AllocatorUnseen (Files, Allocators, Functions or Causes, Remedy): an allocator that is
	// linked into the file cannot be hooked.
	AllocatorUnseen NoteCode = "allocator-unseen"
	// AllocatorPartlySeen (Files, Allocators, Causes, Count, Remedy): an allocator is
	// hooked, and calls of it may be missed.
	AllocatorPartlySeen NoteCode = "allocator-partly-seen"
	// LibcCalledDirectly (Files, Causes): the files call the C library past the tracker
	// library, as with RTLD_DEEPBIND or dlmopen, and the C library is not hooked.
	LibcCalledDirectly NoteCode = "libc-called-directly"
	// PeakNotCopied (Causes): there is no snapshot of the peak, or of one that was lower, as the process could
	// not be copied, or not enough made of the copy.
	PeakNotCopied NoteCode = "peak-not-copied"
	// ExitNotCopied (Causes): there is no snapshot of the moment before the program's exit.
	ExitNotCopied NoteCode = "exit-not-copied"
	// MarksNotCopied (Causes, Count): so many marks have no snapshot.
	MarksNotCopied NoteCode = "marks-not-copied"
	// HarnessLeftOut: what a harness of tests allocates outside of them is in no number.
	HarnessLeftOut NoteCode = "harness-left-out"
	// PythonUnknown (Text): stacks lack the functions of Python's, as the layout of this version of CPython, which is
	// in Text, is not known; "" is one before 3.9.
	PythonUnknown NoteCode = "python-unknown"
	// PythonUnlike (Text): they lack them, or some do, as the memory of CPython did not look as that of its version, which is in
	// Text, should.
	PythonUnlike NoteCode = "python-unlike"
	// MadeReplaced (Count): so many blocks have stacks that lead through addresses at which the code of several functions was in turn, so
	// that another may have called than the frame there says.
	MadeReplaced NoteCode = "made-replaced"
	// PythonArenas: CPython has its small objects in arenas of its own, which are in no number.
	PythonArenas NoteCode = "python-arenas"
	// Worded (Text): written in words by a heapprof from before notes were data.
	Worded NoteCode = "worded"
)

// Remedy is what the user can do about a note, or about what is found in a profile: those
// remedies are package finding's.
type Remedy string

// What can be done.
const (
	SeePages        Remedy = "see-pages"         // record the pages that the allocator maps
	WithoutLTO      Remedy = "without-lto"       // build without link-time optimisation, or SeePages
	ExactWithoutLTO Remedy = "exact-without-lto" // the same, where most is recorded already
	KeepSymbols     Remedy = "keep-symbols"      // build without stripping the names of functions, keep the debug file, or SeePages
)
