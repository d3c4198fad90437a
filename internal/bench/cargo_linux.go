package main

import "heapprof/internal/testkit/fixture"

// buildCargo builds a program of testdata/programs/rust, with jemalloc from the system
// if it has that: compiling it takes minutes.
func buildCargo(program string) (string, error) {
	return fixture.Cargo{Program: program, SystemJemalloc: program == "loop_jemalloc"}.Build()
}
