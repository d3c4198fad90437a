// Command attachtest attaches to programs that work, and detaches, again and again, and looks whether they see anything of it: whether each answer is right,
// and whether their code, mappings, descriptors, threads and signals are after each time what they were before.
//
//	go run ./internal/attachtest                       all programs, 20 times each
//	go run ./internal/attachtest -cycles 1000 redis    one of them
//	go run ./internal/attachtest -by none              nobody attaches: is what is seen the program's own?
//	go run ./internal/attachtest -by gdb               a debugger attaches
//	go run ./internal/attachtest -list                 the programs' names
//
// All servers listen on the loopback address only. A program that is not installed is left out, which is said. The status is 1 if anything was not as it
// should be.
package main
