package halt

import (
	"unsafe"

	"heapprof/internal/tracker/wire"
)

// stub is code in which a thread of a process stands while it makes a system call, the first instruction, that this process has
// it make. Should this process end meanwhile, the thread runs on, and becomes what it was, by the wire.Lend that lies behind the
// code. With 1 for its stack pointer it ends instead: so does a thread that was made to be a helper.
var stub = []byte(stubBegin + stubAsItIs + stubRest)

// urgentStub is the stub for a thread that was given a processor before others meanwhile (see urgently): it gives that up.
var urgentStub = []byte(stubBegin + stubGivesUp + stubRest)

const stubBegin = "" +
	"\x0f\x05" + // syscall
	"\x48\x83\xfc\x01" + // cmp $1, %rsp
	"\x0f\x84\xa9\x00\x00\x00" + // je end
	"\xb8\x0e\x00\x00\x00" + // mov $14, %eax: rt_sigprocmask
	"\xbf\x02\x00\x00\x00" + // mov $2, %edi: SIG_SETMASK
	"\x48\x8d\x35\xb3\x00\x00\x00" + // lea 8+lend(%rip), %rsi
	"\x31\xd2" + // xor %edx, %edx
	"\x41\xba\x08\x00\x00\x00" + // mov $8, %r10d
	"\x0f\x05" // syscall

const stubAsItIs = "" +
	"\xeb\x0e" + // jmp over what follows
	"\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90\x90"

const stubGivesUp = "" +
	"\x6a\x00" + // pushq $0: a struct sched_param
	"\x48\x89\xe2" + // mov %rsp, %rdx
	"\xb8\x90\x00\x00\x00" + // mov $144, %eax: sched_setscheduler
	"\x31\xff" + // xor %edi, %edi: of this thread
	"\x31\xf6" + // xor %esi, %esi: SCHED_OTHER
	"\x0f\x05" // syscall

const stubRest = "" +
	"\xff\x35\x13\x01\x00\x00" + // pushq 136+lend(%rip)
	"\x9d" + // popfq
	"\x4c\x8b\x3d\x93\x00\x00\x00" + // mov 16+lend(%rip), %r15
	"\x4c\x8b\x35\x94\x00\x00\x00" + // mov 24+lend(%rip), %r14
	"\x4c\x8b\x2d\x95\x00\x00\x00" + // mov 32+lend(%rip), %r13
	"\x4c\x8b\x25\x96\x00\x00\x00" + // mov 40+lend(%rip), %r12
	"\x4c\x8b\x1d\x97\x00\x00\x00" + // mov 48+lend(%rip), %r11
	"\x4c\x8b\x15\x98\x00\x00\x00" + // mov 56+lend(%rip), %r10
	"\x4c\x8b\x0d\x99\x00\x00\x00" + // mov 64+lend(%rip), %r9
	"\x4c\x8b\x05\x9a\x00\x00\x00" + // mov 72+lend(%rip), %r8
	"\x48\x8b\x2d\x9b\x00\x00\x00" + // mov 80+lend(%rip), %rbp
	"\x48\x8b\x1d\x9c\x00\x00\x00" + // mov 88+lend(%rip), %rbx
	"\x48\x8b\x05\x9d\x00\x00\x00" + // mov 96+lend(%rip), %rax
	"\x48\x8b\x0d\x9e\x00\x00\x00" + // mov 104+lend(%rip), %rcx
	"\x48\x8b\x15\x9f\x00\x00\x00" + // mov 112+lend(%rip), %rdx
	"\x48\x8b\x35\xa0\x00\x00\x00" + // mov 120+lend(%rip), %rsi
	"\x48\x8b\x3d\xa1\x00\x00\x00" + // mov 128+lend(%rip), %rdi
	"\x48\x8b\x25\xaa\x00\x00\x00" + // mov 144+lend(%rip), %rsp
	"\x3e\xff\x25\xab\x00\x00\x00" + // notrack jmp *152+lend(%rip)
	"\x48\x89\xc3" + // end: mov %rax, %rbx: what a function has returned
	"\xb8\x3c\x00\x00\x00" + // mov $60, %eax: exit, of the thread
	"\x31\xff" + // xor %edi, %edi
	"\x0f\x05" + // syscall
	"\xeb\xf2" + // jmp end
	"\x0f\x1f\x44\x00\x00"

const (
	stubEnd     = 0xb5             // where what ends the thread begins, to which a function that it calls returns
	stubEndCall = stubEnd + 10 + 2 // behind its system call
	stubLend    = 0xc8             // where the wire.Lend lies
	stubBytes   = stubLend + int(unsafe.Sizeof(wire.Lend{}))
)

// setFunction has the thread call a function with an argument, on a stack at the top of which the address lies that it returns to.
func (r *machine) setFunction(function, argument, stack uint64) {
	const interrupts = 0x202 // the flags of a thread that has none set
	r.Rip, r.Rdi, r.Rsp, r.Rbp, r.Eflags = function, argument, stack, 0, interrupts
	r.Orig_rax = ^uint64(0) // it is in no system call that would be begun again
}

// returned returns what the function has returned, when the thread has got to the end of the stub.
func (r *machine) returned() uint64 { return r.Rbx }

// skipCall has the thread, which begins a system call, make none.
func (r *machine) skipCall() { r.Orig_rax = ^uint64(0) }

// setEnd has the thread end, by the end of the stub at an address.
func (r *machine) setEnd(at uint64) { r.Rip, r.Rsp, r.Orig_rax = at, 1, ^uint64(0) }
