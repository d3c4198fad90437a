//go:build !unix

package console

// IgnoreSuspend does nothing: there are no jobs that a terminal suspends.
func IgnoreSuspend() {}
