package wording

import (
	"cmp"
	"fmt"
	"strings"

	"heapprof/internal/profile"
	"heapprof/internal/report/human"
	"heapprof/internal/tracker"
)

// allCauses returns the causes in words, in a row.
func allCauses(causes []profile.Cause) string {
	words := make([]string, len(causes))
	for i, c := range causes {
		words[i] = CauseWords(c)
	}
	return strings.Join(words, "; ")
}

// plainCauses are the words for the causes that have no evidence.
var plainCauses = map[profile.CauseCode]string{
	profile.EndedBefore:     "the program ended before it could be done",
	profile.FileChanged:     "the file has changed since it was loaded, or something else has patched it",
	profile.NoMemoryNear:    "the system gives no memory near it that code can be in",
	profile.CodeProtected:   "the system does not let its code be changed",
	profile.ShadowStack:     "it runs with a shadow stack",
	profile.MappedUnusually: "it is mapped in an unusual way",
	profile.CodeNotReadOnly: "its code can be written to, or cannot be read",
	profile.CodeRelocated:   "the loader changes its code after it is mapped",
	profile.NoRoomNear:      "there is no room near it for the code of its hooks",
	profile.CodeUnknown:     "their code is not known",

	profile.SizedBranch:            "a branch has a prefix of operand size",
	profile.CallOfStackPointer:     "a call goes to the stack pointer",
	profile.CallFromStack:          "a call takes its target from the stack",
	profile.CallOfRegister:         "a call of what a register holds is not moved",
	profile.LiteralWithoutRegister: "a literal is loaded to where its address cannot be loaded first",
	profile.Loop:                   "it jumps back to its own entry, where each turn would begin another hook",
	profile.ChosenAtStart:          "is chosen when the program is loaded (IFUNC): it has no code of its own",
	profile.HookedOtherwise:        "it is patched already, for what it allocates, maps or frees",
	profile.NamedTwice:             "it is patched already, as another name that was given means it, too",
	profile.NothingFrees:           "the file has no function that frees" + forEver,
	profile.NamesStripped:          "seems to be linked into it, but the names of its functions are stripped",

	profile.IsDirectory:        "is a directory",
	profile.NotExecutable:      "permission denied: it is not executable",
	profile.NoSuchFile:         "no such file",
	profile.NotOnPath:          "not found on PATH",
	profile.ThreadSanitizer:    "is built with ThreadSanitizer, which crashes where another library wraps malloc",
	profile.StaticOtherMachine: "is statically linked, and heapprof records such programs on x86-64 only",
	profile.IsLoader:           "is a dynamic loader, or another library",
	profile.StaticGo:           "is a statically linked Go program, and its heap is Go's own",
	profile.StaticStripped:     "is statically linked and stripped, so its allocator has no name to be found by",
	profile.StaticOtherLibc:    "is statically linked, and its C library is neither glibc nor musl",
	profile.StaticUnpatched:    "is statically linked, so its allocator can only be patched",
	profile.StaticByOther:      "is statically linked, and heapprof can put the tracker only into such a program that it starts itself",
	profile.TracingForbidden:   "is statically linked, so it must be started under ptrace, which is not permitted here",
	profile.LibraryIgnored:     "the loader ignores the tracker library",
	profile.TracingImpossible:  "no other program may trace it",
	profile.NotProgram:         "is neither a program nor a script with a #! line",
	profile.LoaderMissing:      "its dynamic loader is missing",
	profile.NotJoined: "could not load the tracker library or open heapprof's memory: " +
		"another user, root directory or /proc, or too little memory for them (ulimit -v)",

	profile.CallsFiltered:    "it filters system calls (seccomp), and may be ended by one that it does not expect",
	profile.NoRoomForCode:    "nowhere in its code is room for a few instructions",
	profile.OtherNamespace:   "it, or what it forks, is in a PID namespace of its own",
	profile.CallUnderWay:     "one of its threads waited in a read or write that must not be interrupted",
	profile.TooManyProcesses: "the system lets it have no more processes",
	profile.EndedUnseen:      "it ended without a call of exit, or lived on",
	profile.BecameOther:      "another program took its place",
	profile.CopiesTooLarge:   "with copies of the processes that had more it would have taken too much memory",
	profile.NoMemoryToCopy:   "the system sets no memory aside for a copy",
}

// forEver is what becomes of an allocator whose blocks are seen being made, but not freed.
const forEver = ", and blocks would seem to live for ever"

// copiesItself is what could have been instead of a copy by tracing.
const copiesItself = " (only with one thread does it copy itself then, when it allocates or frees)"

// CauseWords words a cause: as what follows a colon, or the name of the thing.
func CauseWords(c profile.Cause) string {
	if words, ok := plainCauses[c.Code]; ok {
		return words
	}
	if words := cmp.Or(hookCauseWords(c), undoCauseWords(c), attachCauseWords(c)); words != "" {
		return words
	}
	switch c.Code {
	case profile.InWords, profile.NotRead, profile.NotCopied:
		return c.Detail
	case profile.TracedByOther:
		return fmt.Sprintf("process %d traces it already, as a debugger does or strace%s", c.Number, copiesItself)
	case profile.TracingDenied:
		return "it may not be traced: " + c.Detail + copiesItself
	case profile.CallForbidden:
		return fmt.Sprintf("its filters of system calls (seccomp) forbid %s, which is needed", firstFew(c.Names))
	case profile.EndedBySignal:
		return fmt.Sprintf("signal %d ended it", c.Number)
	case profile.CopiesTooMany:
		return fmt.Sprintf("it had %d snapshots already", c.Number)
	case profile.GraphTooLarge:
		return fmt.Sprintf("it takes more memory than %s; --retained-memory lets heapprof take more", human.Bytes(uint64(c.Number)))
	case profile.TooLittleMemory:
		return fmt.Sprintf("only %s of memory are left, less than it and a copy may take", human.Bytes(uint64(c.Number)))
	case profile.ThreadNotStopped:
		return fmt.Sprintf("its thread %d could not be stopped", c.Number)
	case profile.PlanNotWritten:
		return "its plan could not be written to the memory that it shares with heapprof: " + c.Detail
	case profile.InterpreterMissing:
		return fmt.Sprintf("its interpreter %s is missing", firstFew(c.Names))
	case profile.OfInterpreter:
		return fmt.Sprintf("its interpreter %s %s", firstFew(c.Names), because(c))
	case profile.OtherMachine:
		return fmt.Sprintf("is a program for %s, and heapprof records %s programs here", nameAt(c.Names, 0), nameAt(c.Names, 1))
	case profile.StaticNotBegun:
		return "is statically linked, and the tracker cannot be put into it: " + c.Detail
	case profile.Setuid:
		return "is setuid, so " + because(c)
	case profile.Setgid:
		return "is setgid, so " + because(c)
	case profile.FileCapabilities:
		return "has file capabilities, so " + because(c)
	case profile.CannotRead, profile.LinkageUnknown:
		return "cannot be read: " + c.Detail
	case profile.CannotExecute:
		return "cannot be executed: " + c.Detail
	case profile.EnvironmentLost:
		them := "them"
		if len(c.Names) == 1 {
			them = "it"
		}
		return fmt.Sprintf("was started without %s as heapprof had set %s: keep %s in its environment (Python: env={**os.environ, …}), or put heapprof run before its own command (env -i heapprof run, sudo heapprof run)",
			andAll(c.Names), them, them)
	case profile.OtherUser:
		return fmt.Sprintf("ran as user %d, who cannot open heapprof's memory: run heapprof as that user", c.Number)
	}
	return c.String() // a later heapprof wrote it
}

// because returns the cause of a cause, in words; "" where there is none.
func because(c profile.Cause) string {
	if c.Because == nil {
		return ""
	}
	return CauseWords(*c.Because)
}

// nameAt returns the name at an index; "" where a file has fewer names than it should.
func nameAt(names []string, i int) string {
	if i >= len(names) {
		return ""
	}
	return names[i]
}

// ProgramWords returns why a program cannot be started or recorded, and what to do if that
// is known.
func ProgramWords(e *tracker.ProgramError) string {
	return fmt.Sprintf("%s: %s", e.Program, CauseAndHint(e.Cause))
}

// CauseAndHint returns a cause in words, with what to do about it if that is known.
func CauseAndHint(c profile.Cause) string {
	if hint := causeHint(c); hint != "" {
		return CauseWords(c) + "; " + hint
	}
	return CauseWords(c)
}

// causeHint returns what to do about a program that cannot be started or recorded; "" if
// that is not known.
func causeHint(c profile.Cause) string {
	const (
		link    = "link it dynamically (without -static), or for Rust build it for a -gnu target without crt-static"
		copying = "copy it without the privilege, or run heapprof as the user that it would become"
		before  = "put heapprof run before its own command"
	)
	switch c.Code {
	case profile.NotExecutable:
		return "chmod +x makes it so"
	case profile.NotOnPath:
		if len(c.Names) > 0 {
			return "to run the file in this directory, name it ./" + c.Names[0]
		}
	case profile.OfInterpreter:
		if c.Because != nil {
			return causeHint(*c.Because)
		}
	case profile.LinkageUnknown:
		return "heapprof must see how it is linked"
	case profile.OtherMachine:
		return "run heapprof on the machine it was built for, or build it for this one"
	case profile.ThreadSanitizer:
		return "build it without -fsanitize=thread"
	case profile.StaticByOther, profile.NotJoined:
		return before
	case profile.IsLoader:
		return "run the program itself, without the loader"
	case profile.StaticGo:
		return "Go programs write heap profiles themselves: see runtime/pprof and go tool pprof"
	case profile.StaticStripped:
		return "keep its symbol table (strip -g instead of strip), put its debug file where debuggers look for it, or " + link
	case profile.StaticOtherMachine, profile.StaticOtherLibc, profile.StaticNotBegun:
		return link
	case profile.StaticUnpatched:
		return "run it without --no-patch"
	case profile.TracingForbidden:
		return "permit it (Linux before 4.8 in a container: --cap-add SYS_PTRACE; not under strace or a debugger), or " + link
	case profile.Setuid, profile.Setgid, profile.FileCapabilities:
		return copying
	case profile.NotProgram:
		return "a script without one runs as heapprof run sh " + nameAt(c.Names, 0)
	case profile.LoaderMissing:
		return "readelf -l names it as the requested interpreter"
	}
	return ""
}
