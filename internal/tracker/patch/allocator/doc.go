// Package allocator has the families of allocators: the names of their functions, what
// the arguments of each mean, and how a symbol is known for one of them, mangled or not.
// The functions that the user names are told from others here, too.
//
// Of patch's packages it imports isa only, for how many arguments are in registers; of
// ours wire, for what a function does to blocks, and clone, for compilers' suffixes.
package allocator
