package halt

import (
	"errors"
	"fmt"
	"os"
	"os/exec"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"

	"golang.org/x/sys/unix"
)

// subject is a program that is stopped.
type subject struct {
	*testkit.Ready
	proc procfs.Process
}

// start starts a program with its standard input open.
func start(t *testing.T, args ...string) *subject {
	t.Helper()
	r := testkit.StartReady(t, args...)
	return &subject{Ready: r, proc: procfs.Process(r.Process.Pid)}
}

// stopped has f do something with a program that is stopped, on a thread of its own, and returns its error. A program whose threads do not
// stand in time is tried again.
func (s *subject) stopped(t *testing.T, f func(*Stopped) error) error {
	t.Helper()
	for deadline := time.Now().Add(30 * time.Second); ; {
		ended := make(chan error, 1)
		ended <- nil
		done := make(chan struct{})
		OnOwnThread(func() {
			defer close(done)
			stopped, err := Stop(s.proc, Options{})
			if err == nil {
				defer stopped.Release()
				defer func() { // f may end the thread
					<-ended
					ended <- err
				}()
				err = f(stopped)
				return
			}
			<-ended
			ended <- err
		})
		<-done
		err := <-ended
		var refused *Error
		if !errors.As(err, &refused) || time.Now().After(deadline) {
			return err
		}
	}
}

// parkedProgram builds the program that sees everything.
func parkedProgram(t *testing.T) string {
	return testkit.Build(t, "parked.c", "-O2", "-pthread", "-lm")
}

// What functions are made of here.
const (
	addOne  = "\x48\x8d\x47\x01\xc3"             // lea 1(%rdi), %rax; ret
	getPID  = "\xb8\x27\x00\x00\x00\x0f\x05\xc3" // mov $39, %eax; syscall; ret
	illegal = "\x0f\x0b"                         // ud2
	forEver = "\xeb\xfe"                         // jmp itself
)

// code maps code into the process, and a stack, and returns the addresses of the one and behind the other.
func code(c *Caller, text string) (function, stack uint64, err error) {
	const bytes = 64 << 10
	at, err := c.Syscall(unix.SYS_MMAP, 0, bytes, unix.PROT_READ|unix.PROT_WRITE|unix.PROT_EXEC, unix.MAP_PRIVATE|unix.MAP_ANONYMOUS, ^uint64(0), 0)
	if err != nil {
		return 0, 0, err
	}
	return at, at + bytes, WriteMemory(int(c.stopped.Memory()), []byte(text), at)
}

// call calls code in the process, and takes it away again.
func call(c *Caller, text string, argument uint64, atMost time.Duration) (uint64, error) {
	function, stack, err := code(c, text)
	if err != nil {
		return 0, err
	}
	result, err := c.Call(function, argument, stack, atMost)
	_, unmapErr := c.Syscall(unix.SYS_MUNMAP, function, stack-function)
	return result, errors.Join(err, unmapErr)
}

// TestAProgramSeesNothingOfWhatIsCalledInIt: neither a thread nor a signal nor a mapping, and no wait ends because of it.
func TestAProgramSeesNothingOfWhatIsCalledInIt(t *testing.T) {
	for _, how := range []string{"", "headless"} {
		s := start(t, parkedProgram(t), how)
		for range 40 {
			err := s.stopped(t, func(stopped *Stopped) error {
				before, _ := s.proc.Threads()
				maps := mapsOf(t, stopped)
				err := stopped.Borrow(BorrowOptions{}, func(c *Caller) error {
					if id, err := c.Syscall(unix.SYS_GETPID); err != nil || int(id) != s.Process.Pid {
						t.Errorf("its number is %d, %v", id, err)
					}
					if got, err := call(c, addOne, 41, time.Minute); err != nil || got != 42 {
						t.Errorf("41 + 1 = %d, %v", got, err)
					}
					if id, err := call(c, getPID, 0, time.Minute); err != nil || int(id) != s.Process.Pid {
						t.Errorf("its number is %d, %v", id, err)
					}
					var fault *FaultError
					if _, err := call(c, illegal, 0, time.Minute); !errors.As(err, &fault) || fault.Signal != unix.SIGILL {
						t.Errorf("an instruction that is none: %v", err)
					}
					var late *TimeoutError
					if _, err := call(c, forEver, 0, time.Millisecond); !errors.As(err, &late) {
						t.Errorf("a function that does not return: %v", err)
					}
					if id, err := c.Syscall(unix.SYS_GETPID); err != nil || int(id) != s.Process.Pid {
						t.Errorf("its number is %d, %v", id, err)
					}
					return nil
				})
				if after, _ := s.proc.Threads(); !slices.Equal(before, after) {
					t.Errorf("threads %v, before: %v", after, before)
				}
				if after := mapsOf(t, stopped); after != maps {
					t.Errorf("mapped:\n%s\nbefore:\n%s", after, maps)
				}
				return err
			})
			if err != nil {
				t.Fatal(err)
			}
		}
		s.FinishUnseen(t)
	}
}

func mapsOf(t *testing.T, s *Stopped) string {
	t.Helper()
	text, err := os.ReadFile(s.Memory().Path("maps"))
	if err != nil {
		t.Error(err)
	}
	return string(text)
}

// killed is the environment variable that makes a test the recorder that is killed in the middle: the process, and where.
const killed = "HEAPPROF_TEST_KILLED"

// TestAProgramGoesOnWhereThisProcessIsKilledInTheMiddleOfACall: the thread that is borrowed is itself again, and the one that was made ends.
func TestAProgramGoesOnWhereThisProcessIsKilledInTheMiddleOfACall(t *testing.T) {
	if words := strings.Fields(os.Getenv(killed)); len(words) == 2 {
		pid, _ := strconv.Atoi(words[0])
		turn, _ := strconv.Atoi(words[1])
		beKilled(t, &subject{proc: procfs.Process(pid)}, turn)
		t.Fatal("it was not killed")
	}
	s := start(t, parkedProgram(t))
	threads := func() int {
		all, _ := s.proc.Threads()
		return len(all)
	}
	before := threads()
	turns := 45
	if testing.Short() {
		turns = 9
	}
	for turn := range turns {
		recorder := exec.Command(os.Args[0], "-test.run=^"+t.Name()+"$")
		recorder.Env = append(os.Environ(), fmt.Sprintf("%s=%d %d", killed, s.proc, turn))
		if out, _ := recorder.CombinedOutput(); !strings.Contains(recorder.ProcessState.String(), "killed") {
			t.Fatalf("%v: %s", recorder.ProcessState, out)
		}
	}
	isUsual := func() bool {
		all, _ := s.proc.Threads()
		return !slices.ContainsFunc(all, func(id int) bool {
			policy, _, errno := unix.Syscall(unix.SYS_SCHED_GETSCHEDULER, uintptr(id), 0, 0)
			return errno == 0 && policy == unix.SCHED_FIFO
		})
	}
	for deadline := time.Now().Add(10 * time.Second); threads() > before || !isUsual(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("it has %d threads, and had %d; they are scheduled as ever: %v", threads(), before, isUsual())
		}
	}
	s.FinishUnseen(t)
}

// beKilled stops a program and kills this process: while a thread is borrowed, while the one that was made stands, or while that one is in a function.
func beKilled(t *testing.T, s *subject, turn int) {
	kill := func() error {
		unix.Kill(os.Getpid(), unix.SIGKILL)
		select {}
	}
	err := s.stopped(t, func(stopped *Stopped) error {
		if turn%3 == 0 {
			thread := stopped.Threads()[turn/3%len(stopped.threads)]
			at := slack(stopped.Memory(), stubBytes)
			if isInStub(stopped, at) || !stopped.MayCall(thread) {
				return kill()
			}
			code, urgent := stub, stopped.isForUrgency(thread)
			if urgent {
				code = urgentStub
			}
			if err := writeForced(thread.ID, code, at); err != nil {
				return err
			}
			return thread.Borrow(Lent{at: at + stubLend, code: at, forced: true, urgent: urgent}, func() error {
				if _, err := thread.Call(at, unix.SYS_GETPID); err != nil {
					t.Error(err)
				}
				return kill()
			})
		}
		if isInStub(stopped, slack(stopped.Memory(), stubBytes)) {
			return kill()
		}
		return stopped.Borrow(BorrowOptions{}, func(c *Caller) error {
			function, stack, err := code(c, addOne)
			if err != nil {
				return err
			}
			if turn%3 == 1 { // it is at the beginning of the function, which returns
				regs := c.helper.regs
				regs.setFunction(function, 1, stack-8)
				if err := errors.Join(WriteMemory(c.helper.ID, encodeWord(c.code+stubEnd), stack-8), c.helper.writeRegisters(&regs)); err != nil {
					return err
				}
			}
			return kill()
		})
	})
	t.Error(err)
}

func encodeWord(w uint64) (b []byte) {
	for range 8 {
		b, w = append(b, byte(w)), w>>8
	}
	return b
}

// isInStub reports whether a thread is still in the stub that it was left in: in a handler of a signal that came meanwhile.
func isInStub(s *Stopped, at uint64) bool {
	return slices.ContainsFunc(s.threads, func(t *Thread) bool { return t.PC()-at < uint64(stubBytes) })
}

// TestAFilterSaysWhichThreadMayCall: where it lets through what is needed, a thread is borrowed.
func TestAFilterSaysWhichThreadMayCall(t *testing.T) {
	s := start(t, parkedProgram(t), "filtered")
	err := s.stopped(t, func(stopped *Stopped) error {
		return stopped.Borrow(BorrowOptions{}, func(c *Caller) error {
			_, err := c.Syscall(unix.SYS_GETPID)
			return err
		})
	})
	if err != nil && strings.Contains(err.Error(), "permitted") {
		testkit.Skip(t, "filters may not be read: %v", err)
	} else if err != nil {
		t.Error(err)
	}
	s.FinishUnseen(t)
}
