// Package isa knows the instruction sets, x86-64 and arm64: how a function's first
// instructions make room for a jump, what those do elsewhere (moving code), what an
// instruction does to registers and memory (decoding), and where code may branch to
// (searching). It is given code as bytes and knows no files; it imports nothing of ours.
//
// A wrong patch is worse than none: whatever is not understood is refused, with the
// reason. What decoders and processors may see in two ways is not understood.
//
// Sources: Intel 64 and IA-32 Architectures Software Developer's Manual, volume 2
// (chapter 2 for the encoding, chapters 3 to 5 for the instructions); Arm
// Architecture Reference Manual for A-profile, section C4.1 (encoding) and D8.4.9
// (branch targets); System V ABI for AMD64 and Procedure Call Standard for the Arm
// 64-bit Architecture for what is in which register.
package isa
