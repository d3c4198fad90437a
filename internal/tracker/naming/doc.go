// Package naming gives the addresses in call stacks their names: early, while the program
// runs and the files that it has mapped are there, and when a profile is made. It imports
// the symbols, the profile's model, and of package replay what a stack and a module are. It
// knows nothing of rings, nor of what was counted.
package naming
