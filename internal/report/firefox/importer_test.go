package firefox

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/report/reporttest"
	"heapprof/internal/report/view"
	"heapprof/internal/testkit"
)

// viewer is Firefox Profiler's own program for the command line, which reads profiles as the page does. It has read one.
type viewer struct {
	dir   string // of its socket, whose path must be short
	file  string
	ended chan error // gets how its server ended
}

// importerScript is the program, among npm's packages.
const importerScript = "@firefox-devtools/profiler-cli/dist/profiler-cli.js"

// command returns a command of the program, about what the server has read.
func (v *viewer) command(t *testing.T, args ...string) *exec.Cmd {
	t.Helper()
	cmd := testkit.NewNodePackage(t, importerScript, append(args, "--session", "test")...)
	cmd.Env = append(cmd.Env, "PROFILER_CLI_SESSION_DIR="+v.dir)
	return cmd
}

// newViewer starts a server that reads a profile, and waits until it has. Its server is a process of the test's, and not one that
// the program starts by itself, as it would give that half a second to be ready.
func newViewer(t *testing.T, p *profile.Profile) *viewer {
	t.Helper()
	dir, err := os.MkdirTemp("", "firefox")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	v := &viewer{dir: dir, file: filepath.Join(dir, "p.firefox.json"), ended: make(chan error, 1)}
	f, err := New(view.NewSource(p))
	if err != nil {
		t.Fatal(err)
	}
	var text bytes.Buffer
	if err := f.Write(&text); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(v.file, text.Bytes(), 0o600); err != nil {
		t.Fatal(err)
	}
	server := v.command(t, "--daemon", v.file)
	var said bytes.Buffer
	server.Stdout, server.Stderr = &said, &said
	if err := server.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { v.ended <- server.Wait() }()
	t.Cleanup(func() { server.Process.Kill(); <-v.ended })
	for deadline := time.Now().Add(2 * time.Minute); ; {
		out, err := []byte(nil), v.answers()
		if err == nil {
			out, err = v.command(t, "thread", "list", "--json").CombinedOutput()
		}
		switch {
		case err == nil:
			return v
		case time.Now().After(deadline):
			t.Fatalf("the profile was not read: %v: %s", err, out)
		}
		select {
		case err := <-v.ended:
			v.ended <- err
			t.Fatalf("the profile was not read: %v: %s%s", err, said.String(), out)
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// answers returns an error as long as the server does not take questions. A command that comes before that takes the server for
// dead, and removes the file by which others find it.
func (v *viewer) answers() error {
	text, err := os.ReadFile(filepath.Join(v.dir, "test.json"))
	if err != nil {
		return err
	}
	var session struct{ SocketPath string }
	if err := json.Unmarshal(text, &session); err != nil {
		return err
	}
	c, err := net.Dial("unix", session.SocketPath)
	if err != nil {
		return err
	}
	return c.Close()
}

// ask has the answer to a question decoded.
func (v *viewer) ask(t *testing.T, answer any, args ...string) {
	t.Helper()
	cmd := v.command(t, append(args, "--json")...)
	var errs strings.Builder
	cmd.Stderr = &errs
	out, err := cmd.Output()
	if err == nil {
		err = json.Unmarshal(out, answer)
	}
	if err != nil {
		t.Fatalf("%s: %v: %s%s", strings.Join(args, " "), err, errs.String(), out)
	}
}

// node is a function of a call tree, as the viewer has it.
type node struct {
	Name         string
	TotalSamples uint64 // here bytes
	Children     []node
}

// TestFirefoxProfilersOwnProgramReadsAProfileAndAddsUpTheSame has the viewer's own code read a profile, and holds that the
// call tree of each thread has the bytes and the functions that the thread has.
func TestFirefoxProfilersOwnProgramReadsAProfileAndAddsUpTheSame(t *testing.T) {
	if testing.Short() {
		t.Skip("it takes some seconds, in other programs")
	}
	p := reporttest.Found() // what is allocated over time
	p.Timeline = []profile.Reading{{Time: 1000, Bytes: 100}, {Time: 2000, Bytes: 300, RSS: 5000}, {Time: 3000, Bytes: 50, RSS: 4000}}
	p.Recording.ByThread = []profile.Thread{{ID: 7, Name: "main", Threads: 1, TotalBytes: 1}, {ID: 8, Name: "worker", Threads: 1, TotalBytes: 2}}
	for i := range p.Points {
		pt := &p.Points[i]
		facts := *pt.Rest().Facts
		facts.Threads = []profile.ThreadShare{{Thread: i % 2, TotalBytes: pt.TotalBytes, TotalBlocks: pt.TotalBlocks, PeakBytes: pt.PeakBytes, PeakBlocks: pt.PeakBlocks, EndBytes: pt.EndBytes, EndBlocks: pt.EndBlocks}}
		pt.Edit().Facts = &facts
	}
	v := newViewer(t, p)
	var list struct {
		Threads []struct{ ThreadHandle, Name string }
	}
	v.ask(t, &list, "thread", "list")
	threads := at(written(t, p), "threads").([]any)
	if len(list.Threads) != len(threads) || len(threads) < 5 {
		t.Fatalf("the viewer has the threads %+v, and the file %d", list.Threads, len(threads))
	}
	for i, thread := range list.Threads {
		var want uint64
		for _, w := range at(threads[i], "nativeAllocations", "weight").([]any) {
			want += uint64(w.(float64))
		}
		var tree struct {
			WeightType      string
			RegularCallTree node
		}
		v.ask(t, &tree, "thread", "samples-top-down", "--thread", thread.ThreadHandle)
		if got := tree.RegularCallTree; got.TotalSamples != want || tree.WeightType != "bytes" {
			t.Errorf("%s: the viewer has %d %s, and the file %d bytes", thread.Name, got.TotalSamples, tree.WeightType, want)
		}
		if got, want := fmt.Sprint(tree.RegularCallTree), "{<root> 14240000 [{main 14240000 [{cache_put 10240000 []} {log_line 4000000 []}]}]}"; i == 0 && got != want {
			t.Errorf("the call tree is %s, want %s", got, want)
		}
	}
	var info struct {
		Processes []struct {
			Counters []struct{ Name, Unit string }
		}
	}
	v.ask(t, &info, "profile", "info", "--all")
	if got, want := fmt.Sprint(info.Processes), "[{[{live heap bytes} {resident memory bytes}]}]"; got != want {
		t.Errorf("the counters are %s, want %s", got, want)
	}
}
