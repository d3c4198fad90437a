package offstage

import (
	"fmt"
	"io"
	"os"
	"os/signal"
	"sync"
	"syscall"
	"time"

	"golang.org/x/sys/unix"
)

// Terminal is a terminal for a program (see pty(7)), as wide and high as a real one, and with its settings. Nobody types at it.
type Terminal struct {
	Program *os.File // the program's end, to be given to it as its standard input, output or error

	ours    *os.File
	real    *os.File
	resizes chan os.Signal
	reading sync.WaitGroup
}

// NewTerminal returns a terminal like a real one. What the program writes to it is written to the other writer.
func NewTerminal(real *os.File, to io.Writer) (*Terminal, error) {
	ours, err := os.OpenFile("/dev/ptmx", os.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC|unix.O_NONBLOCK, 0)
	if err != nil {
		return nil, err
	}
	t := &Terminal{ours: ours, real: real, resizes: make(chan os.Signal, 1)}
	if t.Program, err = t.open(); err != nil {
		ours.Close()
		return nil, err
	}
	t.resize()
	signal.Notify(t.resizes, syscall.SIGWINCH)
	go func() {
		for range t.resizes {
			t.resize()
		}
	}()
	t.reading.Go(func() { _, _ = io.Copy(to, ours) }) // ends with an error when nobody has the program's end any more
	return t, nil
}

// open opens the program's end.
func (t *Terminal) open() (*os.File, error) {
	var number int
	if err := t.control(func(fd int) (err error) {
		if err = unix.IoctlSetPointerInt(fd, unix.TIOCSPTLCK, 0); err == nil {
			number, err = unix.IoctlGetInt(fd, unix.TIOCGPTN)
		}
		return err
	}); err != nil {
		return nil, err
	}
	fd, err := unix.Open(fmt.Sprintf("/dev/pts/%d", number), unix.O_RDWR|unix.O_NOCTTY|unix.O_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	if settings, err := unix.IoctlGetTermios(int(t.real.Fd()), unix.TCGETS); err == nil {
		// What the program writes is written to the real one, which does the rest.
		settings.Oflag &^= unix.OPOST
		_ = unix.IoctlSetTermios(fd, unix.TCSETS, settings)
	}
	return os.NewFile(uintptr(fd), "the program's terminal"), nil
}

// control does something with the descriptor of our end, which stays one that does not block.
func (t *Terminal) control(f func(fd int) error) error {
	c, err := t.ours.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := c.Control(func(fd uintptr) { failed = f(int(fd)) }); err != nil {
		return err
	}
	return failed
}

// resize makes it as large as the real one.
func (t *Terminal) resize() {
	size, err := unix.IoctlGetWinsize(int(t.real.Fd()), unix.TIOCGWINSZ)
	if err == nil {
		_ = t.control(func(fd int) error { return unix.IoctlSetWinsize(fd, unix.TIOCSWINSZ, size) })
	}
}

// Begun lets go of the program's end, which the program has by now.
func (t *Terminal) Begun() { t.Program.Close() }

// Close reads what is written yet, and returns when nothing comes any more. What a process writes later that lives on fails.
func (t *Terminal) Close() {
	const patience = 100 * time.Millisecond
	signal.Stop(t.resizes)
	close(t.resizes)
	t.Program.Close() // once more, where the program was never begun
	_ = t.ours.SetReadDeadline(time.Now().Add(patience))
	t.reading.Wait()
	t.ours.Close()
}
