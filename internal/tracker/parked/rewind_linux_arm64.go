package parked

// rewind does nothing: the kernel does not tell what the first argument of a system call was that has failed, so that
// it cannot be made again.
func (s *stopped) rewind(*tracee) {}

// unwind does nothing: there is nothing to take back.
func (s *stopped) unwind(*tracee) {}
