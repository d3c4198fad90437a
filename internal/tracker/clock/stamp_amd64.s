//go:build linux

#include "textflag.h"

// func Stamp() uint64
TEXT ·Stamp(SB), NOSPLIT, $0-8
	// The fences keep the reading between what comes before and after it: what
	// a thread published before this moment is seen by loads after it.
	LFENCE
	RDTSC
	LFENCE
	SHLQ	$32, DX
	ORQ	DX, AX
	MOVQ	AX, ret+0(FP)
	RET
