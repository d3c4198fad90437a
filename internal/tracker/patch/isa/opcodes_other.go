//go:build !amd64

package isa

func opcodes(code *[1 + searched]byte, found *[searched / 64]uint64) { anyOpcodes(code, found) }
