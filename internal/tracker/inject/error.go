package inject

// TraceError is the error for a program that may not be traced here.
type TraceError struct{ Err error }

func (e *TraceError) Error() string { return "it may not be started under ptrace: " + e.Err.Error() }

func (e *TraceError) Unwrap() error { return e.Err }
