package halt

import (
	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// SPNumber is DWARF's number of the stack pointer.
const SPNumber = 7

// machine is a thread's general registers.
type machine unix.PtraceRegs

// callBytes is the instruction of a system call, and callAlign what its address is a multiple of.
const (
	callBytes = "\x0f\x05" // syscall
	callAlign = 1
)

// auditArch is what filters of system calls know the machine by.
const auditArch = unix.AUDIT_ARCH_X86_64

// canCall reports whether the thread can be made to make a system call: it runs 64-bit code.
func (r *machine) canCall() bool { return r.Cs == 0x33 }

// setCall has the thread make a system call by the instruction at an address, with a stack pointer.
func (r *machine) setCall(instruction, stack, number uint64, arguments []uint64) {
	r.Rip, r.Rax = instruction, number
	r.Rsp, r.Rbp = stack, 0
	r.Orig_rax = ^uint64(0) // it is in no system call that would be begun again
	for i, to := range []*uint64{&r.Rdi, &r.Rsi, &r.Rdx, &r.R10, &r.R8, &r.R9} {
		if *to = 0; i < len(arguments) {
			*to = arguments[i]
		}
	}
}

// lend fills in what is to be given back.
func (r *machine) lend(l *wire.Lend) {
	at := *r
	// A system call that the kernel would begin again, which it does for the thread as it is now.
	const restartSys, restartNoIntr, restartNoHand, restartBlock = -512, -513, -514, -516
	if int64(r.Orig_rax) >= 0 {
		switch int64(r.Rax) {
		case restartSys, restartNoIntr, restartNoHand:
			at.Rip, at.Rax = at.Rip-uint64(len(callBytes)), r.Orig_rax
		case restartBlock:
			at.Rip, at.Rax = at.Rip-uint64(len(callBytes)), unix.SYS_RESTART_SYSCALL
		}
	}
	l.Registers = [15]uint64{at.R15, at.R14, at.R13, at.R12, at.R11, at.R10, at.R9, at.R8, at.Rbp, at.Rbx, at.Rax, at.Rcx, at.Rdx, at.Rsi, at.Rdi}
	l.Flags, l.SP, l.PC = at.Eflags, at.Rsp, at.Rip
}

func (r *machine) result() uint64 { return r.Rax }

func (r *machine) pc() uint64 { return r.Rip }

func (r *machine) setPC(pc uint64) { r.Rip = pc }

// free returns from where on the thread's stack is free: below the red zone.
func (r *machine) free() uint64 { return r.Rsp - 128 }

// values returns what the registers hold. General is by DWARF's numbers (System V ABI, AMD64 supplement, 3.6.2).
func (r *machine) values(uint64) Registers {
	return Registers{
		PC: r.Rip, SP: r.Rsp, ThreadPointer: r.Fs_base,
		General: [33]uint64{r.Rax, r.Rdx, r.Rcx, r.Rbx, r.Rsi, r.Rdi, r.Rbp, r.Rsp, r.R8, r.R9, r.R10, r.R11, r.R12, r.R13, r.R14, r.R15},
	}
}

// What registers for vectors are read as: all that XSAVE knows, of which tiles have the most.
const (
	ntVectors       = 0x202 // NT_X86_XSTATE
	mostVectorBytes = 16 << 10
)

// threadPointer returns where the thread's storage is if its general registers do not tell.
func (t *Thread) threadPointer() uint64 { return 0 }
