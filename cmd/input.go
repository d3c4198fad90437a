package cmd

import (
	"errors"

	"heapprof/internal/format"
	"heapprof/internal/profile"
)

// stdinName is how a command line names standard input.
const stdinName = "-"

// openView reads what a view is of: the heap's profile in the named input, or the
// mappings' in it. Its errors are like openProfile's.
func openView(s *Streams, name string, mappings bool) (*profile.Profile, error) {
	p, err := openProfile(s, name)
	if err != nil || !mappings {
		return p, err
	}
	if p = p.OfMappings(); p == nil {
		return nil, failure(errNoMappings(inputNames(name)[0]))
	}
	return p, nil
}

// openProfile reads the named DHAT file, or standard input for "-". Its errors
// name the input and carry exitFailure.
func openProfile(s *Streams, name string) (*profile.Profile, error) {
	var p *profile.Profile
	var err error
	if name == stdinName {
		p, err = format.Read(s.In)
		var format *profile.FormatError
		if errors.As(err, &format) {
			format.Name = inputNames(name)[0]
		}
	} else {
		p, err = format.ReadFile(name)
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
