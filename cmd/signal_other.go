//go:build !unix

package cmd

import (
	"os"
	"strconv"
)

// signalName returns the number of signal n: signals have no names here.
func signalName(n int) string { return strconv.Itoa(n) }

// signalNumber returns 0: no signal is known by a name.
func signalNumber(string) int { return 0 }

// interruptGroup does nothing: nothing is recorded here.
func interruptGroup() {}

// endingSignals is what there is of such signals.
func endingSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// isBrokenPipe reports false: it is not told here.
func isBrokenPipe(error) bool { return false }
