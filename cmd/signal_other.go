//go:build !unix

package cmd

import "strconv"

// signalName returns the number of signal n: signals have no names here.
func signalName(n int) string { return strconv.Itoa(n) }
