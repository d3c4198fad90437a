package frames

import "regexp"

// Rules are what a user says about the frames of a program.
type Rules struct {
	// Own names what is the program's own code: crates, directories as Frame.Dir has them,
	// outermost scopes or base names of modules. Empty: see own.go.
	Own []string
	// Plumbing matches what is plumbing besides what is known as such: the function, file, module
	// or crate of a frame.
	Plumbing []*regexp.Regexp
}

// isPlumbing reports whether the user calls a frame plumbing.
func (r Rules) isPlumbing(f *Frame) bool {
	for _, re := range r.Plumbing {
		for _, text := range [...]string{f.Function, f.Name(), f.File, f.Module, f.Crate.Name} {
			if text != "" && re.MatchString(text) {
				return true
			}
		}
	}
	return false
}
