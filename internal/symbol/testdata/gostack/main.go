// Gostack prints its own call stacks as the Go runtime knows them: one line a
// frame, "pc file:line function", innermost first, inlined ones included, and
// an empty line after each stack. The pc is a return address less one, or for
// the caller of an inlined function the instruction before.
package main

import (
	"fmt"
	"runtime"
	"strings"
)

type walker[T any] struct{ seen []T }

func (w *walker[T]) add(v T) { w.seen = append(w.seen, v); show() }

func twice(f func()) { f(); inner() }

func inner() { show() }

//go:noinline
func show() {
	var pcs [32]uintptr
	for _, pc := range pcs[:runtime.Callers(2, pcs[:])] {
		if f, _ := runtime.CallersFrames([]uintptr{pc}).Next(); strings.HasPrefix(f.Function, "main.") {
			fmt.Printf("%#x %s:%d %s\n", pc-1, f.File, f.Line, f.Function)
		}
	}
	fmt.Println()
}

//go:noinline
func outer(n int) {
	if n > 0 {
		outer(n - 1)
		return
	}
	twice(func() { inner() })
	(&walker[int]{}).add(1)
}

func main() { outer(3) }
