#include "textflag.h"

// Sixteen bytes of a kind each.
#define BYTES(name, value) \
	DATA name<>+0(SB)/8, $value \
	DATA name<>+8(SB)/8, $value \
	GLOBL name<>(SB), RODATA|NOPTR, $16

BYTES(callOrJump, 0xe8e8e8e8e8e8e8e8)
BYTES(allButLowest, 0xfefefefefefefefe)
BYTES(upperHalf, 0xf0f0f0f0f0f0f0f0)
BYTES(conditional, 0x8080808080808080)
BYTES(twoBytes, 0x0f0f0f0f0f0f0f0f)
BYTES(begin, 0xf8f8f8f8f8f8f8f8)
BYTES(beforeBegin, 0xc7c7c7c7c7c7c7c7)

// SIXTEEN sets the lower bits of to for the sixteen bytes at an offset from SI.
#define SIXTEEN(offset, to) \
	MOVOU    offset(SI), X0   \
	MOVOU    (offset-1)(SI), X1 \
	MOVO     X0, X2           \
	PAND     X9, X2           \
	PCMPEQB  X8, X2           \
	MOVO     X0, X3           \
	PAND     X10, X3          \
	PCMPEQB  X11, X3          \
	MOVO     X1, X4           \
	PCMPEQB  X12, X4          \
	PAND     X4, X3           \
	POR      X3, X2           \
	PCMPEQB  X13, X0          \
	PCMPEQB  X14, X1          \
	PAND     X1, X0           \
	POR      X0, X2           \
	PMOVMSKB X2, to

// func opcodes(code *[1 + searched]byte, found *[searched / 64]uint64)
TEXT ·opcodes(SB), NOSPLIT, $0-16
	MOVQ  code+0(FP), SI
	INCQ  SI
	MOVQ  found+8(FP), DI
	MOVOU callOrJump<>(SB), X8
	MOVOU allButLowest<>(SB), X9
	MOVOU upperHalf<>(SB), X10
	MOVOU conditional<>(SB), X11
	MOVOU twoBytes<>(SB), X12
	MOVOU begin<>(SB), X13
	MOVOU beforeBegin<>(SB), X14
	MOVQ  $64, CX

next:
	// The processor fetches ahead by itself only to the end of a page.
	PREFETCHNTA 2048(SI)
	SIXTEEN(0, AX)
	SIXTEEN(16, BX)
	SIXTEEN(32, DX)
	SIXTEEN(48, R8)
	SHLQ $16, BX
	SHLQ $32, DX
	SHLQ $48, R8
	ORQ  BX, AX
	ORQ  R8, DX
	ORQ  DX, AX
	MOVQ AX, (DI)
	ADDQ $64, SI
	ADDQ $8, DI
	DECQ CX
	JNZ  next
	RET
