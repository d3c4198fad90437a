package preload

import (
	"os"

	"golang.org/x/sys/unix"
)

// hold marks the file as used for as long as it is open here.
func hold(f *os.File) error { return unix.Flock(int(f.Fd()), unix.LOCK_SH|unix.LOCK_NB) }

// held reports whether somebody holds the file at path, or may.
func held(path string) bool {
	f, err := os.Open(path)
	if err != nil {
		return true
	}
	defer f.Close()
	return unix.Flock(int(f.Fd()), unix.LOCK_EX|unix.LOCK_NB) != nil
}
