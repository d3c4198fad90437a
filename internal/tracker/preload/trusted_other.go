//go:build !linux

package preload

// trusted accepts every directory: nothing is recorded on this system.
func trusted(string) error { return nil }
