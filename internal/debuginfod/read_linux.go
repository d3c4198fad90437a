package debuginfod

import (
	"io/fs"
	"syscall"
	"time"
)

// lastRead returns when a file was last read, or written.
func lastRead(info fs.FileInfo) time.Time {
	if s, ok := info.Sys().(*syscall.Stat_t); ok {
		if read := time.Unix(s.Atim.Unix()); read.After(info.ModTime()) {
			return read
		}
	}
	return info.ModTime()
}
