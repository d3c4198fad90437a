// Package halt stops all threads of a process by ptrace(2), lets the caller look at them and have one make system calls, and lets
// them go on as if nothing had been. What may be seen of a stop is what no tracer can help: connect on a socket with a time
// limit, close, and some calls of drivers fail with EINTR and cannot be made again.
//
// Should this process be killed in the middle, the kernel lets the threads go on. One that is borrowed is somewhere else then:
// it stands in code meanwhile that makes it what it was ([Lent]).
//
// All methods are for the thread of this process that has stopped the other one's: see [OnOwnThread].
//
// Of ours the package imports procfs; profile, for why a process cannot be stopped; and wire, for what the tracker library lends.
package halt
