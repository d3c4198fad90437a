package console

import (
	"io"
	"os"

	"heapprof/internal/wholefile"
)

// WriteOutput has the function write write to the named file, or to standard output for ""
// and "-". A file appears whole or not at all (wholefile.Write). Errors carry ExitFailure.
func WriteOutput(s *Streams, name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return WriteStream(s.Out, "standard output", write)
	}
	if err := wholefile.Write(name, wholefile.Options{}, write); err != nil {
		return Failure(err)
	}
	return nil
}

// WriteStream has the function write write to a stream of that name. Errors carry ExitFailure.
func WriteStream(w io.Writer, name string, write func(io.Writer) error) error {
	if err := wholefile.Stream(w, name, write); err != nil {
		return Failure(err)
	}
	return nil
}

// SameFile reports whether both names lead to one existing regular file. Standard input and
// output are none.
func SameFile(a, b string) bool {
	if a == StdinName || b == "" || b == "-" {
		return false
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
}

// StdinName is how a command line names standard input.
const StdinName = "-"
