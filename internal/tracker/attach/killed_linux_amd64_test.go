package attach

import (
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"
	"time"

	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// cycle puts the library into a process and takes it away, again and again.
func cycle(pid string) {
	n, _ := strconv.Atoi(pid)
	library, err := preload.Attached()
	if err != nil {
		panic(err)
	}
	for {
		target, err := Open(n)
		if err != nil {
			panic(err)
		}
		fmt.Println(target.Undo, target.Token) // as a guardian is told
		m, err := target.Share(64, nil)
		if err != nil {
			panic(err)
		}
		m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached})
		if err := target.Inject(InjectOptions{Library: library}); err != nil {
			panic(err)
		}
		if _, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil {
			panic(err)
		}
		m.Close()
	}
}

// kills is how often a test kills a recorder.
func kills(t *testing.T) int {
	if n, err := strconv.Atoi(os.Getenv("HEAPPROF_TEST_KILLS")); err == nil {
		return n
	}
	if testing.Short() {
		return 3
	}
	return 15
}

// isLeft is what a program may see: waits that fail after any stop, until the recorder has taken that back.
var isLeft = []string{"epolls", "epolls_masked", "waits_for_signal", "semaphore", "semaphore_timed", "receives", "events"}

// TestAProgramIsWhatItWasWhereItsRecorderWasKilledAtAnyMoment, once the guardian has done its work; and it goes on meanwhile.
func TestAProgramIsWhatItWasWhereItsRecorderWasKilledAtAnyMoment(t *testing.T) {
	s := begin(t, parked(t))
	left := 0
	for range kills(t) {
		recorder := exec.Command(os.Args[0])
		recorder.Env = append(os.Environ(), fmt.Sprintf("%s=cycles %d", opens, s.proc))
		recorder.Stderr = os.Stderr
		out, err := recorder.StdoutPipe()
		if err != nil {
			t.Fatal(err)
		}
		if err := recorder.Start(); err != nil {
			t.Fatal(err)
		}
		time.AfterFunc(rand.N(60*time.Millisecond), func() { recorder.Process.Kill() })
		told, err := io.ReadAll(out)
		if err != nil {
			t.Fatal(err)
		}
		if err := recorder.Wait(); !strings.Contains(recorder.ProcessState.String(), "killed") {
			t.Fatal("the recorder has ended by itself: ", err)
		}
		lines := strings.Fields(string(told))
		if len(lines) < 2 {
			continue // it had not begun
		}
		at, _ := strconv.ParseUint(lines[len(lines)-2], 10, 64)
		token, _ := strconv.ParseUint(lines[len(lines)-1], 10, 64)
		if d, err := Detach(s.proc, at, DetachOptions{Token: token}); err != nil || d.Left != 0 {
			t.Fatalf("%+v, %v", d, err)
		} else if len(d.Pauses) > 0 {
			left++
		}
		if open := s.proc.Descriptors("/memfd:heapprof (deleted)"); len(open) != 0 {
			t.Fatalf("it still has %v open", open)
		}
		maps, err := s.proc.Maps()
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range maps {
			if m.Path == "/memfd:heapprof (deleted)" || m.Path == "" && m.Protection == "r-xp" {
				t.Fatalf("it still has %+v", m)
			}
		}
	}
	t.Logf("something was left %d times", left)
	s.FinishUnseen(t, isLeft...)
}
