//go:build !unix

package cmd

import "strconv"

// signalName is the number of a signal: here they have no names.
func signalName(n int) string { return strconv.Itoa(n) }
