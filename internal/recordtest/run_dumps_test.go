//go:build linux && amd64

package recordtest

import (
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"heapprof/cmd/wording"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// TestWhatWasFlushedIsWholeWhenHeapprofIsKilled: it has what the program had allocated by then, and says that it was cut.
func TestWhatWasFlushedIsWholeWhenHeapprofIsKilled(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	file := filepath.Join(dir, "p.json.gz")
	cmd := heapprofRun([]string{"-q", "--flush", "100ms", "-o", file}, testkit.Build(t, "dumped.c", "-O1", "-g", "-pthread"), "grow")
	input, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer input.Close()
	// The program has one block, and waits. Once that is in a file, heapprof may go at any time.
	var p *profile.Profile
	for until := time.Now().Add(time.Minute); p == nil; time.Sleep(10 * time.Millisecond) {
		if _, err := os.Stat(file); err == nil {
			if p = readRecording(t, file); ownSums(p, "dumped.c").EndBlocks != 1 {
				p = nil
			}
		}
		if time.Now().After(until) {
			t.Fatal("nothing was flushed")
		}
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	cmd.Wait()
	p = readRecording(t, file)
	if s := ownSums(p, "dumped.c"); s.EndBytes != 1<<18 || !p.Recording.Dump.IsCut() {
		t.Errorf("%+v, %+v; want a block of a quarter of a MiB, and that it was cut", s, p.Recording.Dump)
	}
	if facts := wording.DumpFact(p); len(facts) != 1 || !strings.HasPrefix(facts[0].Text, "the recording was cut at ") || !strings.HasSuffix(facts[0].Text, ": heapprof was ended") {
		t.Errorf("the report says %+v", facts)
	}
}

// TestADumpThatNoDiskTakesLosesNothingElse: one line, however often it is tried, and the program and its last profile are as
// they are without.
func TestADumpThatNoDiskTakesLosesNothingElse(t *testing.T) {
	r := inNamespace(t, testkit.Build(t, "threads.c"), `
		mount -t tmpfs -o size=8k none /mnt
		mount -t tmpfs none /tmp
		$HEAPPROF run -q --no-children -o /mnt/p.json sh -c '
			$HEAPPROF snapshot --no-copy $PPID; $HEAPPROF snapshot --no-copy $PPID; exec $PROGRAM'
		test -z "$(ls -A /mnt)"
		cat /tmp/p.json`)
	const line = "heapprof: a profile could not be written, and the program runs on: cannot write /mnt/p.1.json: no space left on device\n"
	if r.Status != 0 || strings.Count(r.Stderr, "a profile could not be written") != 1 || !strings.Contains(r.Stderr, line) {
		t.Errorf("status %d, want 0 and one line: %q", r.Status, r.Stderr)
	}
	if !strings.Contains(r.Stderr, "was marked, but no profile of it could be written: the heapprof that records it says why") {
		t.Errorf("heapprof snapshot says %q", r.Stderr)
	}
	wantSaved(t, r, "threads.c")
}

// TestTheOutOfMemoryKillerIsNamed where it ends the program for its control group's limit, and a profile was written before that.
func TestTheOutOfMemoryKillerIsNamed(t *testing.T) {
	t.Parallel()
	group := limitedGroup(t, 64<<20)
	dir := t.TempDir()
	file := filepath.Join(dir, "p.json")
	inside := []string{"-c", `echo $$ > ` + group + `/cgroup.procs && exec "$@"`, "sh"}
	cmd := heapprofRun([]string{"--dump-at", "80%", "-o", file, "sh"}, inside[0], append(inside[1:], testkit.Build(t, "dumped.c", "-O1", "-g", "-pthread"), "endless", filepath.Join(dir, "p.1.json"))...)
	r := testkit.Run(t, cmd)
	p := readRecording(t, file)
	o := p.Recording.OutOfMemory
	if r.Status != 128+int(syscall.SIGKILL) || o == nil {
		t.Fatalf("status %d, %+v: %s", r.Status, o, r.Stderr)
	}
	if o.Of != profile.GroupLimit || o.Limit != 64<<20 || o.Anonymous < 32<<20 || o.Anonymous > 64<<20 || o.Recorder != 0 {
		t.Errorf("%+v", o)
	}
	if !strings.Contains(r.Stderr, " was killed by the out-of-memory killer at ") || !strings.Contains(r.Stderr, " of the 64.0 MiB that the control group may have after ") {
		t.Errorf("the summary says %s", r.Stderr)
	}
	d := readRecording(t, filepath.Join(dir, "p.1.json"))
	if use := d.Recording.Dump.Use; use == nil || use.Of != profile.GroupLimit || use.Limit != 64<<20 || use.Used < 64<<20*8/10 {
		t.Errorf("the dump is of %+v", use)
	}
	if s := ownSums(d, "dumped.c"); s.EndBytes == 0 || s.EndBytes > ownSums(p, "dumped.c").EndBytes {
		t.Errorf("%d bytes lived then, and %d in the end", s.EndBytes, ownSums(p, "dumped.c").EndBytes)
	}
}

// limitedGroup makes a control group in this process's own, which may have so much memory, and removes it in the end.
func limitedGroup(t *testing.T, bytes int) (dir string) {
	t.Helper()
	text, err := os.ReadFile("/proc/self/cgroup")
	if err != nil {
		testkit.Skip(t, "there are no control groups: %v", err)
	}
	for line := range strings.Lines(string(text)) {
		parts := strings.SplitN(strings.TrimSpace(line), ":", 3)
		root, limit := "/sys/fs/cgroup", "memory.max"
		if strings.Contains(parts[1], "memory") {
			root, limit = "/sys/fs/cgroup/memory", "memory.limit_in_bytes"
		} else if parts[1] != "" {
			continue
		}
		dir = filepath.Join(root, parts[2], "heapprof-test-"+strconv.Itoa(os.Getpid()))
		if os.Mkdir(dir, 0o755) != nil {
			continue
		}
		t.Cleanup(func() { os.Remove(dir) })
		if file, err := os.OpenFile(filepath.Join(dir, limit), os.O_WRONLY, 0); err == nil { // which the kernel has made
			_, err = file.WriteString(strconv.Itoa(bytes))
			file.Close()
			if err == nil {
				return dir
			}
		}
	}
	testkit.Skip(t, "no control group with a limit can be made: that takes root, and a memory controller")
	return ""
}
