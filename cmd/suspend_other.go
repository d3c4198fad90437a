//go:build !unix

package cmd

// ignoreSuspend does nothing: there are no jobs that a terminal suspends.
func ignoreSuspend() {}
