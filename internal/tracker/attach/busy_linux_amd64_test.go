package attach

import (
	"bufio"
	"os"
	"os/exec"
	"strings"
	"testing"
	"time"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
	"heapprof/internal/tracker/preload"
	"heapprof/internal/tracker/shm"
	"heapprof/internal/tracker/wire"
)

// TestTheLibraryComesWhileTheProgramIsAtWork in its allocator, its loader, or at a fork, and the program's own sums are right.
func TestTheLibraryComesWhileTheProgramIsAtWork(t *testing.T) {
	library, err := preload.Attached()
	if err != nil {
		t.Fatal(err)
	}
	plugin := func(name string) string { return testkit.Build(t, "plugin.c", "-shared", "-fPIC", "-DNAME="+name) }
	for name, args := range map[string][]string{
		"malloc":  {testkit.Build(t, "hammered.c", "-O2", "-pthread"), "0"},
		"threads": {testkit.Build(t, "hammered.c", "-O2", "-pthread"), "2000", "threads=60"},
		"dlopen":  {testkit.Build(t, "loading.c", "-O2", "-pthread"), "0", plugin("one"), plugin("two")},
		"forks":   {testkit.Build(t, "forking.c", "-O2", "-pthread"), "100"},
		"signals": {testkit.Build(t, "alarmed.c", "-O2", "-pthread"), "0"},
	} {
		t.Run(name, func(t *testing.T) {
			program := exec.Command(args[0], args[1:]...)
			program.Stderr = os.Stderr
			in, err := program.StdinPipe()
			if err != nil {
				t.Fatal(err)
			}
			out, err := program.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := program.Start(); err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { program.Process.Kill() })
			lines := bufio.NewScanner(out)
			if !lines.Scan() || lines.Text() != "ready" {
				t.Fatal(lines.Text(), lines.Err())
			}
			last := make(chan string)
			go func() {
				var line string
				for lines.Scan() {
					line = lines.Text()
				}
				last <- line
			}()
			var worst, worstEnd time.Duration
			for range 5 {
				target, err := Open(program.Process.Pid)
				if err != nil {
					t.Fatal(err)
				}
				m, err := target.Share(64, nil)
				if err != nil {
					t.Fatal(err)
				}
				m.Begin(shm.Settings{Depth: 64, MaxNodes: 1 << 20, Flags: wire.Attached})
				if err := target.Inject(InjectOptions{Library: library}); err != nil {
					t.Fatal(err)
				}
				for _, p := range target.Pauses() {
					worst = max(worst, p)
				}
				d, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token})
				if err != nil || d.Left != 0 {
					t.Fatalf("%+v, %v", d, err)
				}
				for _, p := range d.Pauses {
					worstEnd = max(worstEnd, p)
				}
				m.Close()
			}
			t.Logf("stopped for %v at most, and for %v at the end", worst, worstEnd)
			if ids, err := procfs.Process(program.Process.Pid).Threads(); err == nil {
				t.Logf("%d threads", len(ids))
			}
			in.Close()
			if line := <-last; !strings.HasPrefix(line, "turns=") || !strings.HasSuffix(line, " wrong=0") {
				t.Errorf("%q", line)
			}
			if err := program.Wait(); err != nil {
				t.Error(err)
			}
		})
	}
}
