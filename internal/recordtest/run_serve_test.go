//go:build linux && (amd64 || arm64)

package recordtest

import (
	"bufio"
	"io"
	"net"
	"net/http"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

// scraped reads the metrics without labels.
func scraped(text string) map[string]uint64 {
	all := map[string]uint64{}
	for _, m := range regexp.MustCompile(`(?m)^(\w+) (\d+)$`).FindAllStringSubmatch(text, -1) {
		all[m[1]], _ = strconv.ParseUint(m[2], 10, 64)
	}
	return all
}

func TestAProgramIsServedWhileItRuns(t *testing.T) {
	t.Parallel()
	file := filepath.Join(t.TempDir(), "live.json")
	program := testkit.Build(t, "live.c", "-O2", "-g")
	cmd := heapprofRun([]string{"--serve=127.0.0.1:0", "-o", file}, program, "1000", "0", "20")
	stderr, err := cmd.StderrPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	defer cmd.Process.Kill()
	said := bufio.NewReader(stderr)
	line, _ := said.ReadString('\n')
	address := regexp.MustCompile(`^heapprof: what lives is served at (http://127\.0\.0\.1:\d+/\w{26}/)\n$`).FindStringSubmatch(line)
	if address == nil {
		t.Fatalf("it says %q", line)
	}
	printed := bufio.NewReader(stdout)
	if line, _ := printed.ReadString('\n'); line != "ready\n" {
		t.Errorf("the program's output is %q", line)
	}
	s := &serving{url: address[1]}
	if page := s.get(t, ""); !strings.Contains(page, "<title>live – heapprof</title>") {
		t.Error("the page is not of the program")
	}
	for last, n := uint64(0), 0; n < 3; {
		m := scraped(s.get(t, "metrics"))
		live, allocated, freed := m["heapprof_live_blocks"], m["heapprof_allocated_blocks_total"], m["heapprof_freed_blocks_total"]
		// Of base all live, of each round of churn and leak one, and between the free and the malloc of churn one fewer than 64 more.
		if live < 1000 || allocated != live+freed || allocated < last || m["heapprof_recording_live"] != 1 || m["heapprof_resident_bytes"] == 0 {
			t.Fatalf("metrics %v", m)
		}
		if allocated > last {
			last = allocated
			n++
		}
	}
	if top := goPProf(t, "-top", "-sample_index=inuse_objects", s.url+"debug/pprof/heap"); !regexp.MustCompile(`(?m)^ *1001 .* base`).MatchString(top) {
		t.Errorf("pprof:\n%s", top)
	}
	if top := goPProf(t, "-top", "-sample_index=inuse_objects", s.url+"debug/pprof/heap?seconds=1"); strings.Contains(top, "base") || !strings.Contains(top, "leak") {
		t.Errorf("what came in a second:\n%s", top)
	}
	// The program is ended, and with it the server; the profile is written.
	pid, err := strconv.Atoi(regexp.MustCompile(`pid="(\d+)"`).FindStringSubmatch(s.get(t, "metrics"))[1])
	if err != nil {
		t.Fatal(err)
	}
	if err := syscall.Kill(pid, syscall.SIGTERM); err != nil {
		t.Fatal(err)
	}
	io.Copy(io.Discard, printed)
	io.Copy(io.Discard, said)
	cmd.Wait()
	if status := testkit.Status(cmd.ProcessState); status != console.ExitSignalBase+int(syscall.SIGTERM) {
		t.Errorf("status %d", status)
	}
	if p := readRecording(t, file); p.Recording.Signal != int(syscall.SIGTERM) || p.PID != int64(pid) {
		t.Errorf("the profile is of %d, ended by signal %d", p.PID, p.Recording.Signal)
	}
	if _, err := http.Get(s.url); err == nil {
		t.Error("it answers when the program has ended")
	}
}

func TestWhatCannotBeServedDoesNotRun(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	for address, want := range map[string]string{taken.Addr().String(): "is in use", "nowhere": `--serve "nowhere" is no address`} {
		r := testkit.Run(t, heapprofRun([]string{"--serve=" + address}, "echo", "ran"))
		if r.Status != console.ExitRunFailure || r.Stdout != "" || !strings.Contains(r.Stderr, want) || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("%s: status %d, said %q", address, r.Status, r.Stderr)
		}
	}
}
