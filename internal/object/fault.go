package object

import (
	"fmt"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
)

// Guard runs use, which reads the file, as [Guard] does.
func (f *File) Guard(use func() error) error { return Guard(f.Path, use) }

// Guard runs use, which reads mapped files, the one at path above all, and returns its
// error. Where a file was cut short meanwhile the kernel answers with SIGBUS: then use ends
// where it is, and the error is an [ErrCutShort]. Other panics go on.
func Guard(path string, use func() error) (err error) {
	was := debug.SetPanicOnFault(true)
	defer func() {
		debug.SetPanicOnFault(was)
		switch fault := recover().(type) {
		case nil:
		case interface {
			error
			Addr() uintptr
		}:
			err = &Error{path, fmt.Errorf("%w: %w", ErrCutShort, fault)}
		default:
			panic(fault)
		}
	}()
	return use()
}

// InParallel calls do with 0 to n-1, on all processors, within a Guard. If one panics, so
// does InParallel, with the same value: it may be the fault that the Guard expects.
func InParallel(n int, do func(int)) {
	var next atomic.Int64
	var once sync.Once
	var failure any
	var working sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), n) {
		working.Go(func() {
			debug.SetPanicOnFault(true) // of this goroutine, which ends here
			defer func() {
				if p := recover(); p != nil {
					once.Do(func() { failure = p })
				}
			}()
			for i := next.Add(1) - 1; i < int64(n); i = next.Add(1) - 1 {
				do(int(i))
			}
		})
	}
	working.Wait()
	if failure != nil {
		panic(failure)
	}
}
