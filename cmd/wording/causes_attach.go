package wording

import (
	"fmt"
	"strings"

	"heapprof/internal/profile"
)

// plainAttachCauses are the causes for which a process that runs cannot be attached to that need no evidence.
var plainAttachCauses = map[profile.CauseCode]string{
	profile.NoSuchProcess:     "there is no such process",
	profile.KernelThread:      "it is a thread of the kernel's, which has no heap of a program's",
	profile.NotDumpable:       "it lets nobody look into it (it has changed its user, or prctl(PR_SET_DUMPABLE)): attach as root",
	profile.MoreCapabilities:  "it has capabilities that heapprof has not: attach as root",
	profile.YamaDescendants:   "the system lets a process trace only its own children (kernel.yama.ptrace_scope is 1): attach as root, or sysctl kernel.yama.ptrace_scope=0",
	profile.YamaAdmin:         "the system lets only root trace processes (kernel.yama.ptrace_scope is 2): attach as root",
	profile.YamaNobody:        "the system lets nobody trace processes until it starts anew (kernel.yama.ptrace_scope is 3)",
	profile.NoTraceCapability: "heapprof is root in a container without the capability SYS_PTRACE: start the container with --cap-add=SYS_PTRACE",
	profile.TracingFiltered:   "heapprof itself may not call ptrace (seccomp), as in some containers: start the container with --cap-add=SYS_PTRACE",
	profile.ProcElsewhere:     "the /proc that is mounted here is of another PID namespace than heapprof's: mount -t proc proc /proc",
	profile.UserNamespace:     "heapprof's rights end at its user namespace, as in a rootless container, and it is not in that one: attach from outside",
	profile.RecordedBefore:    "it was started by heapprof run, whose tracker library is still in it: start the program anew",
	profile.NoMemoryInIt:      "the system gives it no more memory (ulimit -v, or its control group)",
	profile.NoLockedMemory:    "it locks all that it maps in RAM, and may lock no more (ulimit -l)",
	profile.NoDescriptorInIt:  "it has as many files open as it may have (ulimit -n)",
}

// attachCauseWords words the causes for which a process that runs cannot be attached to; "" for another cause.
func attachCauseWords(c profile.Cause) string {
	if words, ok := plainAttachCauses[c.Code]; ok {
		return words
	}
	switch c.Code {
	case profile.IsThread:
		return fmt.Sprintf("it is a thread of process %d: attach to that one", c.Number)
	case profile.HasEnded:
		return fmt.Sprintf("it has ended, and waits for its parent, process %d, to ask how", c.Number)
	case profile.IsHeapprof:
		return fmt.Sprintf("process %d is heapprof itself", c.Number)
	case profile.OthersProcess:
		return fmt.Sprintf("it is user %d's: attach as that user, or as root", c.Number)
	case profile.SetuidProcess:
		return fmt.Sprintf("it runs with the rights of user %d (setuid): attach as root", c.Number)
	case profile.DeniedByModule:
		module := "a security module of the kernel's"
		if len(c.Names) > 0 {
			module += " (" + strings.Join(c.Names, ", ") + ")"
		}
		return "the system does not let it be traced, though heapprof has the right to: " + module + " must have denied it, and its log (dmesg) may say why"
	case profile.RecordedAlready:
		if c.Number == 0 {
			return "another heapprof records it already"
		}
		return fmt.Sprintf("it is recorded already, by process %d", c.Number)
	case profile.UnsupportedHere:
		return fmt.Sprintf("heapprof attaches to processes on linux/amd64 only, and this is %s/%s", nameAt(c.Names, 0), nameAt(c.Names, 1))
	case profile.ImageUnknown:
		return "where its program lies in memory is not known: " + c.Detail
	case profile.NotStarted:
		return "the tracker library could not begin in it: " + c.Detail
	}
	return ""
}
