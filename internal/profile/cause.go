package profile

import (
	"strconv"
	"strings"
)

// Cause is why something is as a note says, or why a program cannot be recorded.
type Cause struct {
	Code    CauseCode
	Names   []string // functions, variables of the environment, files or machines, as the code has it
	Number  int64    // bytes, arguments or a user, as the code has it
	Detail  string   // an instruction, or what the system said
	Because *Cause   // the cause of this cause; nil where none is known
}

// IsZero reports whether there is no cause.
func (c Cause) IsZero() bool { return c.Code == "" }

// String returns the code with its evidence, for developers and for codes that have no
// words.
func (c Cause) String() string {
	words := append([]string{string(c.Code)}, c.Names...)
	if c.Number != 0 {
		words = append(words, strconv.FormatInt(c.Number, 10))
	}
	if c.Detail != "" {
		words = append(words, c.Detail)
	}
	text := strings.Join(words, " ")
	if c.Because != nil {
		text += ": " + c.Because.String()
	}
	return text
}

// CauseCode is what a cause says. A reader shows a code that it does not know as it is.
type CauseCode string

// InWords (Detail): the cause is only known in words.
const InWords CauseCode = "in-words"

// Why the functions of a file are not hooked though it is known how.
const (
	EndedBefore         CauseCode = "ended-before"          // the program ended before it could be done
	FileChanged         CauseCode = "file-changed"          // the file has changed since it was loaded, or something else has patched it
	NoMemoryNear        CauseCode = "no-memory-near"        // the system gives no memory near it that code can be in
	CodeProtected       CauseCode = "code-protected"        // the system does not let its code be changed
	ShadowStack         CauseCode = "shadow-stack"          // it runs with a shadow stack
	MappedUnusually     CauseCode = "mapped-unusually"      // where its parts are in memory is not told by its first
	CodeNotReadOnly     CauseCode = "code-not-read-only"    // its code can be written to, or cannot be read
	CodeRelocated       CauseCode = "code-relocated"        // the loader changes its code after it is mapped
	NoRoomNear          CauseCode = "no-room-near"          // no addresses are free near it for the code of its hooks
	PatchingSwitchedOff CauseCode = "patching-switched-off" // the user wanted nothing to be patched
	CodeUnknown         CauseCode = "code-unknown"          // the C library's functions were not found
	PlanNotWritten      CauseCode = "plan-not-written"      // (Detail) what to patch could not be written to the shared memory
	LoaderBusy          CauseCode = "loader-busy"           // its loader is about a library
	ProcessChanging     CauseCode = "process-changing"      // it maps and unmaps so much that it is never as it was planned for, or there is more to do than one stop has time for
	ThreadInHook        CauseCode = "thread-in-hook"        // (Number: the thread) one is in a hook, and has not left it
	AlreadyAttached     CauseCode = "already-attached"      // (Number: the recorder) another one is attached to it
	NotNoted            CauseCode = "not-noted"             // (Detail) what is to be undone at the end could not be noted in the process
	NoAllocator         CauseCode = "no-allocator"          // (Names, Because) a process that runs has none that can be hooked; the file and the cause, where its malloc is known
	NotRead             CauseCode = "not-read"              // (Detail) the file could not be read, for what the system said
)

// Why a program cannot be started or recorded.
const (
	IsDirectory        CauseCode = "is-directory"
	NotExecutable      CauseCode = "not-executable"
	NoSuchFile         CauseCode = "no-such-file"
	NotOnPath          CauseCode = "not-on-path"         // (Names, where a file in the directory has the name)
	InterpreterMissing CauseCode = "interpreter-missing" // (Names) of a script
	OfInterpreter      CauseCode = "of-interpreter"      // (Names, Because) of a script, it is the interpreter that something is the matter with
	OtherMachine       CauseCode = "other-machine"       // (Names: its machine and this one)
	ThreadSanitizer    CauseCode = "thread-sanitizer"
	StaticOtherMachine CauseCode = "static-other-machine" // static programs are recorded on x86-64 only
	IsLoader           CauseCode = "is-loader"            // a dynamic loader, or another library
	StaticGo           CauseCode = "static-go"            // a static Go program, whose heap is Go's own
	StaticStripped     CauseCode = "static-stripped"      // its allocator has no name to be found by
	StaticOtherLibc    CauseCode = "static-other-libc"    // a static program whose C library is neither glibc nor musl
	StaticUnpatched    CauseCode = "static-unpatched"     // a static program, and nothing may be patched
	StaticNotBegun     CauseCode = "static-not-begun"     // (Detail) the tracker library could not be put into it
	StaticByOther      CauseCode = "static-by-other"      // a static program that heapprof did not start itself
	TracingForbidden   CauseCode = "tracing-forbidden"    // a static program, which must be started under ptrace
	Setuid             CauseCode = "setuid"               // (Because: what that forbids)
	Setgid             CauseCode = "setgid"               // (Because: what that forbids)
	FileCapabilities   CauseCode = "file-capabilities"    // (Because: what that forbids)
	LibraryIgnored     CauseCode = "library-ignored"      // the loader ignores the tracker library
	TracingImpossible  CauseCode = "tracing-impossible"   // no other program may trace it
	CannotRead         CauseCode = "cannot-read"          // (Detail)
	LinkageUnknown     CauseCode = "linkage-unknown"      // (Detail) it could not be read, to see how it is linked
	NotProgram         CauseCode = "not-program"          // neither a program nor a script that names its interpreter
	LoaderMissing      CauseCode = "loader-missing"
	CannotExecute      CauseCode = "cannot-execute"   // (Detail)
	EnvironmentLost    CauseCode = "environment-lost" // (Names) variables that were not as heapprof had set them
	OtherUser          CauseCode = "other-user"       // (Number) the user that it ran as
	NotJoined          CauseCode = "not-joined"       // it could not load the tracker library, or open the shared memory
)

// Why a process could not be copied as it was at a moment.
const (
	TracedByOther    CauseCode = "traced-by-other"    // (Number: the tracer, a process) a debugger, or strace
	TracingDenied    CauseCode = "tracing-denied"     // (Detail) the system does not let heapprof trace it
	CallsFiltered    CauseCode = "calls-filtered"     // seccomp: system calls that it does not make itself may end it
	CallForbidden    CauseCode = "call-forbidden"     // (Names) seccomp: a system call that is needed may not be made
	NoRoomForCode    CauseCode = "no-room-for-code"   // nowhere in it is room behind code for a few instructions
	OtherNamespace   CauseCode = "other-namespace"    // its numbers of processes are not ours
	ThreadNotStopped CauseCode = "thread-not-stopped" // (Number: the thread) one waits for what no signal ends, as a vfork does, or is at what cannot be taken apart
	CallUnderWay     CauseCode = "call-under-way"     // a stop would cut one short, as a write to a pipe that waits for room
	TooManyProcesses CauseCode = "too-many-processes" // a limit of the system, of the user or of the control group
	TooLittleMemory  CauseCode = "too-little-memory"  // (Number: bytes) so much is left, less than the copy and the process take if that writes to all it has
	NoMemoryToCopy   CauseCode = "no-memory-to-copy"  // the system sets none aside for it
	EndedBySignal    CauseCode = "ended-by-signal"    // (Number) which came before it could ask for its end
	EndedUnseen      CauseCode = "ended-unseen"       // it ended by no function that is known for that, or lived on
	BecameOther      CauseCode = "became-other"       // another program took its place
	CopiesTooLarge   CauseCode = "copies-too-large"   // with those of processes that had more, it would have taken too much memory
	CopiesTooMany    CauseCode = "copies-too-many"    // (Number) it had so many already
	GraphTooLarge    CauseCode = "graph-too-large"    // (Number) it was copied, and to tell who holds the blocks takes more than so many bytes
	NotCopied        CauseCode = "not-copied"         // (Detail)
)

// Why a process that runs already cannot be attached to.
const (
	NoSuchProcess     CauseCode = "no-such-process"
	IsThread          CauseCode = "is-thread" // (Number: the process) the number is that of one of a process's threads, which is not its first
	KernelThread      CauseCode = "kernel-thread"
	HasEnded          CauseCode = "has-ended"           // (Number: its parent) it is only left for that one to ask for its status
	IsHeapprof        CauseCode = "is-heapprof"         // (Number: the process) it is heapprof itself, or the one that has begun this
	OthersProcess     CauseCode = "others-process"      // (Number: the user) another user's, and CAP_SYS_PTRACE is missing
	NotDumpable       CauseCode = "not-dumpable"        // it keeps others from looking into it (PR_SET_DUMPABLE), or has changed its user, and CAP_SYS_PTRACE is missing
	SetuidProcess     CauseCode = "setuid-process"      // (Number: the user) it runs with another user's rights than its own, and CAP_SYS_PTRACE is missing
	MoreCapabilities  CauseCode = "more-capabilities"   // it has capabilities that heapprof has not
	YamaDescendants   CauseCode = "yama-descendants"    // Yama's ptrace_scope is 1: only a process's own children may be traced
	YamaAdmin         CauseCode = "yama-admin"          // Yama's ptrace_scope is 2: CAP_SYS_PTRACE is needed
	YamaNobody        CauseCode = "yama-nobody"         // Yama's ptrace_scope is 3: nothing may be traced, until the machine starts anew
	NoTraceCapability CauseCode = "no-trace-capability" // heapprof is root, in a container that has not got CAP_SYS_PTRACE
	TracingFiltered   CauseCode = "tracing-filtered"    // heapprof itself may not make the system call ptrace (seccomp)
	DeniedByModule    CauseCode = "denied-by-module"    // (Names: those that are active, where that is known) a security module denies it, though all else allows it
	UserNamespace     CauseCode = "user-namespace"      // heapprof's rights are those of a user namespace that the process is not in
	ProcElsewhere     CauseCode = "proc-elsewhere"      // the /proc that heapprof sees is of another pid namespace than its own
	RecordedAlready   CauseCode = "recorded-already"    // (Number: the recorder, 0: not known) by another heapprof
	RecordedBefore    CauseCode = "recorded-before"     // the tracker library of a recorder that has gone is in it
	UnsupportedHere   CauseCode = "unsupported-here"    // (Names: the system and the processor) processes that run can be attached to on linux/amd64 only
	NoMemoryInIt      CauseCode = "no-memory-in-it"     // the system gives it no more
	NoLockedMemory    CauseCode = "no-locked-memory"    // it locks all that it maps (mlockall), and may lock no more
	NoDescriptorInIt  CauseCode = "no-descriptor-in-it" // it has as many files open as it may have
	ImageUnknown      CauseCode = "image-unknown"       // (Detail) where its program is in memory is not known
	NotStarted        CauseCode = "not-started"         // (Detail) the tracker library could not begin in it
)
