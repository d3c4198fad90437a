//go:build linux && (amd64 || arm64)

package attach

import (
	"errors"
	"io"
	"os"
	"os/signal"
	"strconv"
	"syscall"

	"heapprof/internal/procfs"

	"golang.org/x/sys/unix"
)

// A guard is this program once more, in a session of its own, which makes the target what it was if this process ends without a
// word: by SIGKILL, by a fault of its own, or for lack of memory. It does so too if this process is stopped, as by Ctrl-Z or a
// debugger: nobody would take out what is recorded then, for which the target would wait.

// GuardCommand is the name of the command that is a guard.
const GuardCommand = "attach-guard"

// GuardOptions say what program a guard is.
type GuardOptions struct {
	Program   string   // its path; "": this one's
	Arguments []string // before those that say what is guarded; nil: GuardCommand
}

// Guard is a guard that has been started.
type Guard struct {
	process *os.Process
	line    *os.File // to it: its end tells it of ours
}

// What is said on the line between a guard and its recorder, which is the guard's descriptor guardLine.
const (
	guardReady = 'r' // by the guard: it guards
	guardStood = 's' // by the guard: it makes the target what it was, as the recorder has been stopped
	guardDone  = 'd' // by the recorder: there is nothing left to guard
	guardLine  = 3
)

// StartGuard starts a guard of the target, and returns when it guards. It is called before anything is changed.
func StartGuard(t *Target, o GuardOptions) (g *Guard, err error) {
	if o.Program == "" {
		self, err := procfs.Self()
		if err != nil {
			return nil, err
		}
		o.Program = self.Exe()
	}
	if o.Arguments == nil {
		o.Arguments = []string{GuardCommand}
	}
	pair, err := unix.Socketpair(unix.AF_UNIX, unix.SOCK_STREAM|unix.SOCK_CLOEXEC, 0)
	if err != nil {
		return nil, err
	}
	ours, theirs := os.NewFile(uintptr(pair[0]), "guard"), os.NewFile(uintptr(pair[1]), "guard")
	defer theirs.Close()
	nowhere, err := os.OpenFile(os.DevNull, os.O_RDWR, 0)
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	defer nowhere.Close()
	number := func(n uint64) string { return strconv.FormatUint(n, 10) }
	process, err := os.StartProcess(o.Program, append(append([]string{os.Args[0]}, o.Arguments...), number(uint64(t.Proc)), number(t.Undo), number(t.Token)), &os.ProcAttr{
		Dir:   "/",
		Files: []*os.File{nowhere, nowhere, nowhere, theirs},
		Sys:   &syscall.SysProcAttr{Setsid: true},
	})
	if err != nil {
		return nil, errors.Join(err, ours.Close())
	}
	g = &Guard{process, ours}
	theirs.Close()
	var said [1]byte
	if _, err := io.ReadFull(ours, said[:]); err != nil || said[0] != guardReady {
		g.Done()
		return nil, errors.New("the process that is to make the program what it was if this one is killed could not be started")
	}
	return g, nil
}

// Done tells the guard that there is nothing left to guard, and returns when it has ended.
func (g *Guard) Done() {
	_, _ = g.line.Write([]byte{guardDone})
	g.line.Close()
	_, _ = g.process.Wait()
}

// Stood reports whether the guard has made the target what it was, as this process had been stopped. It may be asked once.
func (g *Guard) Stood() bool {
	n, err := unix.Poll([]unix.PollFd{{Fd: int32(g.line.Fd()), Events: unix.POLLIN}}, 0)
	if err != nil || n == 0 {
		return false
	}
	var said [1]byte
	n, _ = g.line.Read(said[:])
	return n == 1 && said[0] == guardStood
}

// RunGuard is what a guard does: the arguments are those that StartGuard has added. It returns when there is nothing left to guard.
func RunGuard(arguments []string) error {
	const count = 3
	var numbers [count]uint64
	if len(arguments) != count {
		return errors.New("it is for heapprof itself to start")
	}
	for i, a := range arguments {
		n, err := strconv.ParseUint(a, 10, 64)
		if err != nil {
			return err
		}
		numbers[i] = n
	}
	// What ends a whole terminal's programs, or a user's, does not end this one before its time.
	signal.Ignore(unix.SIGINT, unix.SIGHUP, unix.SIGTERM, unix.SIGQUIT, unix.SIGPIPE, unix.SIGTSTP, unix.SIGTTIN, unix.SIGTTOU)
	line := os.NewFile(guardLine, "recorder")
	if _, err := line.Write([]byte{guardReady}); err != nil {
		return err
	}
	w := watcher{target: procfs.Process(numbers[0]), recorder: procfs.Process(os.Getppid())}
	detach := func() error {
		_, err := Detach(w.target, numbers[1], DetachOptions{Token: numbers[2]})
		return err
	}
	for {
		if n, err := unix.Poll([]unix.PollFd{{Fd: guardLine, Events: unix.POLLIN}}, int(guardLooks.Milliseconds())); err == nil && n == 0 {
			if w.hasStood() {
				_, _ = line.Write([]byte{guardStood}) // fails only if the recorder has ended, which is seen next
				_ = detach()                          // the recorder tries again when it runs on
			}
			continue
		}
		var said [1]byte
		if n, _ := line.Read(said[:]); n == 1 && said[0] == guardDone {
			return nil
		}
		return detach()
	}
}
