//go:build linux && amd64

package recordtest

import (
	"bufio"
	"io"
	"net/http"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// servingProcess is heapprof serve PID in a process of its own, as it changes another one.
type servingProcess struct {
	serving
	cmd  *exec.Cmd
	rest *bufio.Reader // of standard error
}

// serveTo serves a process, and returns when that is recorded and answers.
func serveTo(t *testing.T, pid int, flags ...string) *servingProcess {
	t.Helper()
	s := &servingProcess{cmd: exec.Command("heapprof", append(append([]string{"serve", "--listen", "127.0.0.1:0"}, flags...), strconv.Itoa(pid))...)}
	out, err := s.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	said, err := s.cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := s.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		s.cmd.Process.Kill()
		s.cmd.Wait()
	})
	s.rest = bufio.NewReader(said)
	url, err := bufio.NewReader(out).ReadString('\n')
	if err != nil {
		words, _ := io.ReadAll(s.rest)
		if strings.Contains(string(words), "ptrace_scope") {
			testkit.Skip(t, "nobody may trace here: %s", words)
		}
		t.Fatalf("serve does not record: %s", words)
	}
	s.url = strings.TrimSpace(url)
	return s
}

// waits reads standard error until a line begins so.
func (s *servingProcess) says(t *testing.T, begin string) {
	t.Helper()
	for {
		line, err := s.rest.ReadString('\n')
		if strings.HasPrefix(line, "heapprof: "+begin) {
			return
		}
		if err != nil {
			t.Fatalf("it does not say %q: %v", begin, err)
		}
	}
}

// end ends it as Ctrl-C does, which must be a success.
func (s *servingProcess) end(t *testing.T) {
	t.Helper()
	s.cmd.Process.Signal(syscall.SIGINT)
	io.Copy(io.Discard, s.rest)
	if err := s.cmd.Wait(); err != nil {
		t.Errorf("serve ends with %v", err)
	}
}

func TestAProcessIsServedToTheByte(t *testing.T) {
	t.Parallel()
	v := visit(t)
	v.ask("w")
	file := filepath.Join(t.TempDir(), "p.json")
	before := testkit.Counts(v.ask("w"))
	s := serveTo(t, v.pid(), "-o", file)
	after := testkit.Counts(v.ask("w"))
	m := scraped(s.get(t, "metrics"))
	for metric, name := range map[string]string{
		"heapprof_allocated_blocks_total": "blocks", "heapprof_allocated_bytes_total": "bytes", "heapprof_live_blocks": "live", "heapprof_live_bytes": "live-bytes",
		"heapprof_earlier_frees_total": "old-freed", "heapprof_earlier_resizes_total": "old-resized",
	} {
		if want := after[name] - before[name]; m[metric] != want {
			t.Errorf("%s is %d, the program has counted %d", metric, m[metric], want)
		}
	}
	if m["heapprof_recording_live"] != 1 {
		t.Error("it is not live")
	}
	s.end(t)
	if p := readRecording(t, file); p.Totals().TotalBlocks != after["blocks"]-before["blocks"] || p.Recording.Attached.End != profile.AttachAsked {
		t.Errorf("the profile has %d blocks, and ended as %q", p.Totals().TotalBlocks, p.Recording.Attached.End)
	}
	v.isAsBefore()
}

func TestAProcessThatIsLeftIsServedOn(t *testing.T) {
	t.Parallel()
	v := visit(t)
	s := serveTo(t, v.pid())
	want := testkit.Counts(v.ask("w"))["blocks"]
	r, err := http.Post(s.url+"stop", "", nil)
	if err != nil || r.StatusCode != http.StatusNoContent {
		t.Fatalf("%v, %+v", err, r)
	}
	r.Body.Close()
	s.says(t, "what it came to is served until Ctrl-C")
	v.ask("w")
	if m := scraped(s.get(t, "metrics")); m["heapprof_allocated_blocks_total"] != want || m["heapprof_recording_live"] != 0 || m["heapprof_pauses_total"] == 0 {
		t.Errorf("%v, want %d blocks", m, want)
	}
	if now := s.get(t, "now.json"); !strings.Contains(now, `"state":"detached"`) {
		t.Errorf("%s", now)
	}
	s.end(t)
	v.isAsBefore()
}

func TestAProcessThatEndsIsServedOn(t *testing.T) {
	t.Parallel()
	v := visit(t)
	s := serveTo(t, v.pid())
	want := testkit.Counts(v.ask("w"))["blocks"]
	v.close()
	s.says(t, "what it came to is served until Ctrl-C")
	if now := s.get(t, "now.json"); !strings.Contains(now, `"state":"ended"`) {
		t.Errorf("%s", now)
	}
	if m := scraped(s.get(t, "metrics")); m["heapprof_allocated_blocks_total"] != want {
		t.Errorf("%v, want %d blocks", m, want)
	}
	s.end(t)
}

func TestWhatIsNoProcessIsNotServed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		args []string
		want string
	}{
		{[]string{"999999999"}, "process 999999999"},
		{[]string{"--sample", "nosuch.json"}, "--sample says how a process is recorded, and a profile is: leave it out"},
		{[]string{"nosuch.json"}, "nosuch.json is neither a file nor the name of a process"},
		{[]string{"--duration", "x", "1"}, `--duration "x" is no time`},
	} {
		r := testkit.Run(t, exec.Command("heapprof", append([]string{"serve", "--listen", "127.0.0.1:0"}, c.args...)...))
		if r.Status == 0 || r.Stdout != "" || strings.Count(r.Stderr, "\n") != 1 || !strings.Contains(r.Stderr, c.want) {
			t.Errorf("%q: status %d, says %q, want %q", c.args, r.Status, r.Stderr, c.want)
		}
	}
}
