package cmd

import (
	"errors"

	"heapprof/internal/format"
	"heapprof/internal/profile"
)

// stdinName is how a command line names standard input.
const stdinName = "-"

// openView reads from the named input the profile that a view shows: the heap's, or that of
// the mappings. Errors name the input and carry exitFailure.
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

// openProfile reads the profile in the named file, or from standard input for "-". Errors
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

// inputNames returns the names of inputs as messages have them.
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
