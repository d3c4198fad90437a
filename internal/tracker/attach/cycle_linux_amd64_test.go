package attach

import (
	"io"
	"os"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/undo"
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
	for range cycles(8) {
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
	for range cycles(8) {
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

// loadingAndUnloading starts attached_loads.c.
func loadingAndUnloading(t *testing.T) *subject {
	t.Helper()
	library := testkit.Build(t, "attached_library.c", "-O1", "-shared", "-fPIC")
	return begin(t, testkit.Build(t, "attached_loads.c", "-O1", "-pthread", "-ldl"), library, "2")
}

func TestLibrariesThatComeAndGoMeanwhileAreWhatTheyWere(t *testing.T) {
	s := loadingAndUnloading(t)
	time.Sleep(50 * time.Millisecond)
	was := likenessOf(t, s.proc).without("attached_library")
	changes := 0
	for range cycles(5) {
		session := attached(t, s.Process.Pid)
		memory, err := openMemory(s.proc)
		if err != nil {
			t.Fatal(err)
		}
		record, err := undo.Open(memory, session.Undo)
		if err != nil {
			t.Fatal(err)
		}
		first := record.Head.Changes
		time.Sleep(30 * time.Millisecond)
		if record, err = undo.Open(memory, session.Undo); err != nil {
			t.Fatal(err)
		}
		memory.Close()
		changes += int(record.Head.Changes - first)
		session.detach(t)
		was.compare(t, likenessOf(t, s.proc).without("attached_library"), true)
		if t.Failed() {
			break
		}
	}
	t.Logf("%d functions of libraries that came later", changes)
	if counts := s.output(t); counts["wrong"] != 0 || counts["uses"] == 0 || changes == 0 {
		t.Errorf("%v, %d changes", counts, changes)
	}
}

func TestChildrenThatAreForkedMeanwhileAreWhatTheirParentWas(t *testing.T) {
	s := loadingAndUnloading(t)
	time.Sleep(50 * time.Millisecond)
	was := likenessOf(t, s.proc).without("attached_library")
	for range cycles(3) {
		forkedChildren(t, s, was)
		if t.Failed() {
			break
		}
	}
	if counts := s.output(t); counts["wrong"] != 0 || counts["uses"] == 0 {
		t.Errorf("%v", counts)
	}
}

// forkedChildren has the program fork children while something is attached to it, and compares them with what it was.
func forkedChildren(t *testing.T, s *subject, was likeness) {
	t.Helper()
	session := attached(t, s.Process.Pid)
	if _, err := io.WriteString(s.In.(io.Writer), "\n"); err != nil {
		t.Fatal(err)
	}
	line, err := s.Out.ReadString('\n')
	if err != nil {
		t.Fatal(err)
	}
	time.Sleep(20 * time.Millisecond)
	if d := session.detach(t); d.Children != 2 {
		t.Errorf("%d children, want 2", d.Children)
	}
	_, numbers, _ := strings.Cut(strings.TrimSpace(line), "=")
	for _, number := range strings.Fields(numbers) {
		pid, err := strconv.Atoi(number)
		if err != nil {
			t.Fatal(err)
		}
		child := likenessOf(t, procfs.Process(pid)).without("attached_library")
		child.threads, child.descriptors = was.threads, was.descriptors
		was.compare(t, child, true)
		defer syscall.Kill(pid, syscall.SIGKILL)
	}
}
