package attach

import (
	"fmt"
	"math/rand/v2"
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

// recorderRole is an argument by which this program is a recorder that attaches to a process, and detaches again, until it is killed.
const recorderRole = "attach-until-killed"

// playRole has this process be a recorder, or a guard, if its arguments say so. Then it does not return.
func playRole() {
	var err error
	switch {
	case len(os.Args) > 1 && os.Args[1] == GuardCommand:
		err = RunGuard(os.Args[2:])
	case len(os.Args) > 2 && os.Args[1] == recorderRole:
		err = attachUntilKilled(os.Args[2])
	default:
		return
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	os.Exit(0)
}

func attachUntilKilled(number string) error {
	pid, err := strconv.Atoi(number)
	if err != nil {
		return err
	}
	for {
		s, err := tryAttach(pid, true)
		if err != nil {
			return err
		}
		time.Sleep(time.Duration(rand.IntN(20)) * time.Millisecond)
		if d, err := s.tryDetach(); err != nil || d.Left != 0 {
			return fmt.Errorf("%+v, %w", d, err)
		}
	}
}

// recorder starts another process that attaches to one.
func recorder(t *testing.T, p procfs.Process) *exec.Cmd {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	cmd := exec.Command(self, recorderRole, strconv.Itoa(int(p)))
	cmd.Stderr = os.Stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	return cmd
}

// guards returns the guards of a process.
func guards(p procfs.Process) (all []procfs.Process) {
	processes, _ := procfs.Processes()
	for _, q := range processes {
		arguments, _ := q.Arguments()
		if i := slices.Index(arguments, GuardCommand); i >= 0 && len(arguments) > i+1 && arguments[i+1] == strconv.Itoa(int(p)) {
			all = append(all, q)
		}
	}
	return all
}

// holds reports whether something of ours is in a process.
func holds(t *testing.T, p procfs.Process) bool {
	t.Helper()
	text, err := os.ReadFile(p.Path("maps"))
	if err != nil {
		t.Fatal(err)
	}
	for line := range strings.Lines(string(text)) {
		if strings.Contains(line, sharedName) || strings.HasSuffix(line, "r-xp 00000000 00:00 0 \n") {
			return true
		}
	}
	return false
}

func TestAProgramIsWhatItWasThoughItsRecorderIsKilled(t *testing.T) {
	s := begin(t, testkit.Build(t, "attached_busy.c", "-O1", "-pthread"), "4")
	time.Sleep(20 * time.Millisecond)
	was := likenessOf(t, s.proc)
	held := 0
	for range cycles(8) {
		r := recorder(t, s.proc)
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		r.Process.Kill()
		r.Wait()
		if holds(t, s.proc) {
			held++
		}
		for until := time.Now().Add(20 * time.Second); len(guards(s.proc)) > 0 && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
		was.compare(t, likenessOf(t, s.proc), true)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d times something was there", held)
	if counts := s.output(t); counts["wrong"] != 0 || counts["rounds"] == 0 {
		t.Errorf("%v", counts)
	}
}

func TestWhatIsLeftOfARecorderAndItsGuardIsCleanedUpByTheNext(t *testing.T) {
	s := begin(t, testkit.Build(t, "attached_busy.c", "-O1", "-pthread"), "4")
	time.Sleep(20 * time.Millisecond)
	was := likenessOf(t, s.proc)
	held := 0
	for range cycles(8) {
		r := recorder(t, s.proc)
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		for _, g := range guards(s.proc) {
			if p, err := os.FindProcess(int(g)); err == nil {
				p.Kill()
			}
		}
		r.Process.Kill()
		r.Wait()
		for len(guards(s.proc)) > 0 {
			time.Sleep(time.Millisecond)
		}
		if holds(t, s.proc) {
			held++
		}
		if _, err := CleanLeft(s.proc); err != nil {
			t.Fatal(err)
		}
		was.compare(t, likenessOf(t, s.proc), true)
		if t.Failed() {
			t.FailNow()
		}
	}
	t.Logf("%d times something was there", held)
	if counts := s.output(t); counts["wrong"] != 0 || counts["rounds"] == 0 {
		t.Errorf("%v", counts)
	}
}

func TestAProgramDoesNotWaitForARecorderThatIsStopped(t *testing.T) {
	s := begin(t, testkit.Build(t, "attached_busy.c", "-O1", "-pthread"), "4")
	time.Sleep(20 * time.Millisecond)
	was := likenessOf(t, s.proc)
	for range cycles(4) {
		r := recorder(t, s.proc)
		time.Sleep(time.Duration(rand.IntN(150)) * time.Millisecond)
		for !holds(t, s.proc) {
			time.Sleep(time.Millisecond)
		}
		r.Process.Signal(unix.SIGSTOP)
		isStopped := func() bool {
			status, err := procfs.Process(r.Process.Pid).ThreadStatus(r.Process.Pid)
			return err == nil && status.State == 'T'
		}
		for soon := time.Now().Add(2 * time.Second); !isStopped() && time.Now().Before(soon); { // which takes a moment
			time.Sleep(time.Millisecond)
		}
		// It is let go on if it has threads of the program stopped.
		until := time.Now().Add(20 * time.Second)
		for isStopped() && holds(t, s.proc) && time.Now().Before(until) {
			time.Sleep(time.Millisecond)
		}
		if !time.Now().Before(until) {
			t.Error("the program has to wait for its recorder")
		}
		r.Process.Signal(unix.SIGCONT)
		r.Process.Kill()
		r.Wait()
		for until := time.Now().Add(20 * time.Second); len(guards(s.proc)) > 0 && time.Now().Before(until); {
			time.Sleep(time.Millisecond)
		}
		was.compare(t, likenessOf(t, s.proc), true)
		if t.Failed() {
			t.FailNow()
		}
	}
	if counts := s.output(t); counts["wrong"] != 0 || counts["rounds"] == 0 {
		t.Errorf("%v", counts)
	}
}
