//go:build linux

#include "textflag.h"

// func Stamp() uint64
TEXT ·Stamp(SB), NOSPLIT, $0-8
	// The barriers keep the reading between what comes before and after it: what
	// a thread published before this moment is seen by loads after it.
	DMB	$0xb	// ISH
	ISB	$0xf	// SY
	MRS	CNTVCT_EL0, R0
	ISB	$0xf
	// The library's stamps are twice the counter, plus one for births. Those of
	// the present tick may be still to come.
	LSL	$1, R0
	SUB	$1, R0
	MOVD	R0, ret+0(FP)
	RET
