package cmd

import (
	"errors"

	"heapprof/internal/format"
	"heapprof/internal/profile"
	"heapprof/internal/report/frames"
	"heapprof/internal/report/view"
)

// stdinName is how a command line names standard input.
const stdinName = "-"

// openView reads from the named input the profile that a view shows: the heap's or a part of it, or
// that of the mappings. Errors name the input and carry exitFailure.
func openView(s *Streams, name string, part partFlags, mappings bool) (*profile.Profile, error) {
	p, err := openProfile(s, name)
	if err != nil {
		return nil, err
	}
	return viewedPart(p, name, part, mappings)
}

// viewedPart returns what a view shows of the profile that was read from the named input: the heap's or a part of it, or that of
// the mappings. Errors name the input and carry exitFailure.
func viewedPart(p *profile.Profile, name string, part partFlags, mappings bool) (*profile.Profile, error) {
	if part.given() {
		var err error
		if p, err = part.of(p, inputName(name)); err != nil {
			return nil, failure(err)
		}
	}
	if !mappings {
		return p, nil
	}
	if p = p.OfMappings(); p == nil {
		return nil, failure(errNoMappings(inputName(name)))
	}
	return p, nil
}

// openProfile reads the profile in the named file, or from standard input for "-", and names what has no name in it and can be
// named on this machine. Errors name the input and carry exitFailure.
func openProfile(s *Streams, name string) (*profile.Profile, error) {
	p, err := readProfile(s, name)
	if err == nil {
		nameNow(s, p, name)
	}
	return p, err
}

// readProfile reads the profile in the named file, or from standard input for "-", as it is. Errors
// name the input and carry exitFailure.
func readProfile(s *Streams, name string) (*profile.Profile, error) {
	var p *profile.Profile
	var err error
	if name == stdinName {
		p, err = format.Read(s.In)
		var format *profile.FormatError
		if errors.As(err, &format) {
			format.Name = inputName(name)
		}
	} else {
		p, err = format.ReadFile(name)
	}
	if err != nil {
		return nil, failure(errRead(name, err))
	}
	p.FindLost()
	return p, nil
}

// newSource returns a profile to be shown as a user wants it, which was read from the named
// input.
func newSource(p *profile.Profile, name string, rules frames.Rules) *view.Source {
	s := view.NewSourceByRules(p, rules)
	s.Name = inputName(name)
	return s
}

// inputName returns the name of an input as messages have it.
func inputName(name string) string {
	if name == stdinName {
		return "standard input"
	}
	return name
}
