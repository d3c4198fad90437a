//go:build linux

package main

import (
	"fmt"
	"sync"
	"sync/atomic"
	"time"
)

// answers counts what a program answered to its load. Its methods may be called by any goroutine.
type answers struct {
	right, wrong atomic.Uint64
	last         atomic.Int64 // when the last right one came: nanoseconds since 1970

	mu    sync.Mutex
	first []string // what was wrong with the first ones
}

// good counts n answers that are right.
func (a *answers) good(n uint64) {
	a.right.Add(n)
	a.last.Store(time.Now().UnixNano())
}

// bad counts an answer that is wrong, or that did not come.
func (a *answers) bad(format string, args ...any) {
	a.wrong.Add(1)
	a.mu.Lock()
	defer a.mu.Unlock()
	const kept = 5
	if len(a.first) < kept {
		a.first = append(a.first, fmt.Sprintf(format, args...))
	}
}

// faults returns what was wrong with the first wrong answers.
func (a *answers) faults() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	return append([]string(nil), a.first...)
}

// awaitMore waits until an answer has come that was asked for now or later, which a program that hangs does not give. It
// reports false if none comes for as long as patience.
func (a *answers) awaitMore(patience time.Duration) bool {
	// Two: the first may have been on its way.
	want := a.right.Load() + a.wrong.Load() + 2
	for deadline := time.Now().Add(patience); a.right.Load()+a.wrong.Load() < want; time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			return false
		}
	}
	return true
}
