package cmd

import (
	"errors"

	"heapprof/internal/dhat"
)

// stdinName is how a command line names standard input.
const stdinName = "-"

// openProfile reads the named DHAT file, or standard input for "-". Its errors
// name the input and carry exitFailure.
func openProfile(s *Streams, name string) (*dhat.Profile, error) {
	var p *dhat.Profile
	var err error
	if name == stdinName {
		p, err = dhat.Read(s.In)
		var format *dhat.FormatError
		if errors.As(err, &format) {
			format.Name = inputNames(name)[0]
		}
	} else {
		p, err = dhat.ReadFile(name)
	}
	if err != nil {
		return nil, failure(errRead(name, err))
	}
	return p, nil
}

// inputNames is what messages call the inputs.
func inputNames(names ...string) []string {
	called := make([]string, len(names))
	for i, n := range names {
		called[i] = n
		if n == stdinName {
			called[i] = "standard input"
		}
	}
	return called
}
