// Package patch plans how the allocator functions that are linked into a program
// or library are hooked: which functions they are, what their arguments mean, and
// how the first instructions of each make room for a jump to a hook. It reads
// files and decodes instructions; writing into a process is left to the tracker
// library, which needs no decoder for it: a plan is bytes and places to mend.
//
// A function is hooked like this, on x86-64 (arm64 has one instruction where this
// has five bytes):
//
//	before:  malloc: endbr64              after:  malloc: endbr64
//	                 push %rbp                            jmp hook's stub
//	                 mov  %rsp,%rbp                       int3 (fills up)
//	                 cmp  limit(%rip),%rdi                cmp  limit(%rip),%rdi
//	                 …                                    …
//
//	the moved code, near the file's mapping:  push %rbp
//	                                          mov  %rsp,%rbp
//	                                          jmp  malloc+8 (the cmp)
//
// The hook calls the moved code for the original function. A wrong patch is
// worse than none: whatever is not understood is refused, with the reason. An
// allocator that stays unseen for that, or because its functions were stripped or
// optimised away, is named, with what to do.
//
// Plans are made while the program waits, for every file that it has mapped.
//
// The planner is here; what it knows is in packages below, whose arrows run one way:
//
//	patch ──► flow ──► codefile ──► isa   follows values; reads files; knows instructions
//	  └─────► allocator ────────────┘     knows allocators' functions by name
package patch
