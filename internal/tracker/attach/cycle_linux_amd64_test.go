package attach

import (
	"os"
	"strconv"
	"testing"
	"time"

	"heapprof/internal/testkit"
)

// cycles is how often a test attaches and detaches: more where the environment says so.
func cycles(least int) int {
	n, _ := strconv.Atoi(os.Getenv("HEAPPROF_TEST_CYCLES"))
	return max(n, least)
}

func TestAProgramThatDoesNothingButAllocateIsAttachedToAndDetachedAgainAndAgain(t *testing.T) {
	s := begin(t, testkit.Build(t, "attached_busy.c", "-O1", "-pthread"), "8")
	time.Sleep(20 * time.Millisecond) // for arenas
	was := likenessOf(t, s.proc)
	var recorded uint64
	var pauses []time.Duration
	for range cycles(20) {
		session := attached(t, s.Process.Pid)
		time.Sleep(time.Millisecond)
		recorded += session.words()
		pauses = append(append(pauses, session.Pauses()...), session.detach(t).Pauses...)
		was.compare(t, likenessOf(t, s.proc), true)
		if t.Failed() {
			break
		}
	}
	t.Logf("pauses %v", pauses)
	if counts := s.output(t); counts["wrong"] != 0 || counts["rounds"] == 0 || recorded == 0 {
		t.Errorf("%v, with %d words recorded", counts, recorded)
	}
}

func TestThreadsInTheMiddleOfWhatIsWrittenOverGoOnInTheMovedCode(t *testing.T) {
	s := begin(t, testkit.Build(t, "attached_entry.c", "-O1", "-pthread", "-rdynamic"), "6")
	was := likenessOf(t, s.proc)
	moved := 0
	for range cycles(20) {
		session := attached(t, s.Process.Pid)
		moved += session.Moved
		session.detach(t)
		was.compare(t, likenessOf(t, s.proc), true)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d moved", moved)
	if moved == 0 {
		t.Error("no thread was where it was written")
	}
	if counts := s.output(t); counts["wrong"] != 0 || counts["rounds"] == 0 || counts["signals"] == 0 {
		t.Errorf("%v", counts)
	}
}
