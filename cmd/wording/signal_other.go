//go:build !unix

package wording

import "strconv"

// SignalName returns the number of signal n: signals have no names here.
func SignalName(n int) string { return strconv.Itoa(n) }
