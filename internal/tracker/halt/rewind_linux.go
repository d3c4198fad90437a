//go:build linux && (amd64 || arm64)

package halt

// rewind has a thread make its system call again that has failed only because it was stopped. If there is a signal that
// it has a handler for, the call fails for that one. It is done as soon as the thread stands, so that it goes on
// so even if this process is killed.
func (s *Stopped) rewind(t *Thread) {
	rewound, ok := t.again()
	if !ok || s.isSignalled(t) {
		return
	}
	if t.writeRegisters(&rewound) == nil {
		failed := t.regs
		t.regs, t.failed = rewound, &failed
	}
}

// unwind has the call that rewind has taken back fail after all, where a signal has come since.
func (s *Stopped) unwind(t *Thread) {
	if t.failed != nil && s.isSignalled(t) {
		_ = t.writeRegisters(t.failed) // fails only if the thread has ended
	}
}

// isSignalled reports whether a thread is about to run a handler of a signal.
func (s *Stopped) isSignalled(t *Thread) bool {
	status, err := s.process.ThreadStatus(t.ID)
	return err != nil || status.Pending&^status.Blocked&status.Caught != 0
}
