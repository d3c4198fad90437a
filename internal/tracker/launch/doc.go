// Package launch finds a program, sees whether it can be recorded, and starts it with the
// tracker library in it, under the limits that heapprof was started under; it hands the
// program the signals that heapprof is sent, and waits for its end. What the program then
// does, and the shared memory, it does not know: it is handed a path and a number for the
// environment. Of ours it imports inject, to start static programs; object and symbol, to
// look at a program's file and its separate symbols; procfs and regular; profile, for why a
// program cannot be recorded; and from wire the name of the variable.
package launch
