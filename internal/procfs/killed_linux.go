package procfs

import (
	"io"
	"os"
	"syscall"
)

// openKernelLog opens the file of the log behind all that there is in it.
func openKernelLog(name string) (*os.File, error) {
	fd, err := syscall.Open(name, syscall.O_RDONLY|syscall.O_NONBLOCK|syscall.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if _, err := syscall.Seek(fd, 0, io.SeekEnd); err != nil {
		syscall.Close(fd)
		return nil, err
	}
	return os.NewFile(uintptr(fd), name), nil
}

// readRecord reads the next record into a buffer; an error where there is none.
func readRecord(file *os.File, buffer []byte) (int, error) {
	raw, err := file.SyscallConn()
	if err != nil {
		return 0, err
	}
	n := 0
	if controlErr := raw.Control(func(fd uintptr) {
		n, err = syscall.Read(int(fd), buffer)
		for err == syscall.EPIPE || err == syscall.EINTR { // EPIPE: it was written over meanwhile, and goes on with the oldest that there is
			n, err = syscall.Read(int(fd), buffer)
		}
	}); controlErr != nil {
		return 0, controlErr
	}
	if err == nil && n <= 0 {
		err = io.EOF
	}
	return n, err
}
