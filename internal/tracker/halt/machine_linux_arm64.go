package halt

import (
	"unsafe"

	"heapprof/internal/tracker/wire"

	"golang.org/x/sys/unix"
)

// SPNumber is DWARF's number of the stack pointer.
const SPNumber = 31

// machine is a thread's general registers.
type machine unix.PtraceRegs

// callBytes is the instruction of a system call, and callAlign what its address is a multiple of.
const (
	callBytes = "\x01\x00\x00\xd4" // svc #0
	callAlign = 4
)

// auditArch is what filters of system calls know the machine by.
const auditArch = unix.AUDIT_ARCH_AARCH64

// canCall reports whether the thread can be made to make a system call: it runs 64-bit code.
func (r *machine) canCall() bool { return r.Pstate&0x10 == 0 }

// setCall has the thread make a system call by the instruction at an address, with a stack pointer.
func (r *machine) setCall(instruction, stack, number uint64, arguments []uint64) {
	r.Pc, r.Regs[8] = instruction, number
	r.Sp, r.Regs[29], r.Regs[30] = stack, 0, 0
	for i := range 6 {
		if r.Regs[i] = 0; i < len(arguments) {
			r.Regs[i] = arguments[i]
		}
	}
}

func (r *machine) result() uint64 { return r.Regs[0] }

func (r *machine) pc() uint64 { return r.Pc }

func (r *machine) setPC(pc uint64) { r.Pc = pc }

// free returns from where on the thread's stack is free.
func (r *machine) free() uint64 { return r.Sp }

// lend fills in what is to be given back: nothing, as the tracker library has no code to lend on this processor.
func (r *machine) lend(*wire.Lend) {}

// values returns what the registers hold. General is by DWARF's numbers (DWARF for the Arm 64-bit Architecture, 4.1).
func (r *machine) values(threadPointer uint64) Registers {
	v := Registers{PC: r.Pc, SP: r.Sp, ThreadPointer: threadPointer}
	copy(v.General[:], r.Regs[:])
	v.General[31] = r.Sp
	return v
}

// What registers for vectors are read as: struct user_fpsimd_state. What SVE has behind their first 16 bytes is not in it.
const (
	ntVectors       = 2 // NT_PRFPREG
	mostVectorBytes = 528
)

const ntArmTLS = 0x401 // NT_ARM_TLS: tpidr_el0

// threadPointer returns where the thread's storage is if its general registers do not tell.
func (t *Thread) threadPointer() (at uint64) {
	v := unix.Iovec{Base: (*byte)(unsafe.Pointer(&at))}
	v.SetLen(int(unsafe.Sizeof(at)))
	_ = ptracePointer(unix.PTRACE_GETREGSET, t.ID, ntArmTLS, unsafe.Pointer(&v)) // 0, then
	return at
}
