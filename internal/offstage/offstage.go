// Package offstage keeps what is written to a terminal while something else is on its screen: a program has a terminal
// of its own meanwhile, so that it writes what it would write to the real one. It imports nothing of ours.
package offstage

import (
	"io"
	"os"
	"sync"
)

// Kept is an io.Writer that keeps what is written to it while it is held. It may be used by any goroutine.
type Kept struct {
	mu   sync.Mutex // guards what follows
	to   io.Writer
	file *os.File // of what is kept; nil: nothing is
	held bool
	err  error // of keeping
}

// NewKept returns a Kept that writes to another one, and is not held.
func NewKept(to io.Writer) *Kept { return &Kept{to: to} }

// To returns the writer that it writes to.
func (k *Kept) To() io.Writer { return k.to }

// Hold keeps from now on what is written.
func (k *Kept) Hold() {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = true
}

// Release writes what was kept, and from now on what comes at once. It returns the error of keeping or writing it.
func (k *Kept) Release() error {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.held = false
	err := k.err
	if k.file != nil {
		if _, e := k.file.Seek(0, io.SeekStart); err == nil {
			err = e
		}
		if _, e := io.Copy(k.to, k.file); err == nil {
			err = e
		}
		k.file.Close()
		k.file = nil
	}
	return err
}

// Write keeps or writes it. What cannot be kept is lost, which Release tells.
func (k *Kept) Write(b []byte) (int, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if !k.held {
		return k.to.Write(b)
	}
	if k.file == nil && k.err == nil {
		if k.file, k.err = os.CreateTemp("", "heapprof-output-*"); k.err == nil {
			k.err = os.Remove(k.file.Name()) // it goes with this process
		}
	}
	if k.err == nil {
		_, k.err = k.file.Write(b)
	}
	return len(b), nil
}
