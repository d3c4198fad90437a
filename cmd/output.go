package cmd

import (
	"io"
	"os"

	"heapprof/internal/wholefile"
)

// writeOutput has the function write write to the named file, or to standard output for ""
// and "-". A file appears whole or not at all (wholefile.Write). Errors carry exitFailure.
func writeOutput(s *Streams, name string, write func(io.Writer) error) error {
	if name == "" || name == "-" {
		return writeStream(s.Out, "standard output", write)
	}
	if err := wholefile.Write(name, wholefile.Options{}, write); err != nil {
		return failure(err)
	}
	return nil
}

// writeStream has the function write write to a stream of that name. Errors carry exitFailure.
func writeStream(w io.Writer, name string, write func(io.Writer) error) error {
	if err := wholefile.Stream(w, name, write); err != nil {
		return failure(err)
	}
	return nil
}

// sameFile reports whether both names lead to one existing regular file. Standard input and
// output are none.
func sameFile(a, b string) bool {
	if a == stdinName || b == "" || b == "-" {
		return false
	}
	infoA, errA := os.Stat(a)
	infoB, errB := os.Stat(b)
	return errA == nil && errB == nil && infoA.Mode().IsRegular() && os.SameFile(infoA, infoB)
}
