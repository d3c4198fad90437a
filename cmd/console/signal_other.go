//go:build !unix

package console

import "os"

// SignalNumber returns 0: no signal is known by a name.
func SignalNumber(string) int { return 0 }

// InterruptGroup does nothing: nothing is recorded here.
func InterruptGroup() {}

// EndingSignals is what there is of such signals.
func EndingSignals() []os.Signal { return []os.Signal{os.Interrupt} }

// IsBrokenPipe reports false: it is not told here.
func IsBrokenPipe(error) bool { return false }
