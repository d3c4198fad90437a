//go:build linux && (amd64 || arm64)

package recordtest

import (
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"

	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// recordRetained records a command of the system's and returns who held its blocks at the peak.
func recordRetained(t *testing.T, env []string, program string, args ...string) (recording, holdings) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "profile.json")
	cmd := heapprofRun([]string{"-q", "--no-children", "--retained", "-o", file}, program, args...)
	cmd.Env = append(os.Environ(), env...)
	r := recordCommand(t, cmd, file)
	if r.Status != 0 || r.Stderr != "" {
		t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
	}
	return r, peakHoldings(t, r.Profile)
}

// peakHoldings reads the snapshot of the peak, or that of the exit, if as much lived then.
func peakHoldings(t *testing.T, p *profile.Profile) holdings {
	t.Helper()
	kind := profile.ExitSnapshot
	for _, s := range p.Recording.Snapshots {
		if s.Kind == profile.PeakSnapshot {
			kind = s.Kind
		}
	}
	return holdingsOf(t, p, kind, func(frames []profile.Frame) string {
		if frames = callers(frames); len(frames) == 0 {
			return ""
		}
		return frames[0].Function
	})
}

// mostOfOne returns the bytes that the one block retains which retains most.
func (h holdings) mostOfOne() (most uint64) {
	for _, g := range h.Groups {
		if g.Live.Blocks == 1 {
			most = max(most, g.Retained.Bytes)
		}
	}
	return most
}

// wantReached wants no more than so many of a thousand bytes to be unreached.
func wantReached(t *testing.T, h holdings, perMille uint64) {
	t.Helper()
	if h.Unreached.Bytes*1000 > h.Live.Bytes*perMille {
		t.Errorf("%v of %v are said to be lost", h.Unreached, h.Live)
	}
	if h.LeaksOnly || h.Unread != 0 {
		t.Errorf("leaks only: %t, %d bytes could not be read", h.LeaksOnly, h.Unread)
	}
}

func TestAServersMainBlockRetainsItsKeys(t *testing.T) {
	redis, client := testkit.Tool(t, "redis-server"), testkit.Tool(t, "redis-cli")
	dir := t.TempDir()
	file, socket := filepath.Join(dir, "p.json"), filepath.Join(dir, "s")
	cmd := heapprofRun([]string{"-q", "--retained", "-o", file}, redis, "--port", "0", "--unixsocket", socket, "--save", "", "--dir", dir, "--enable-debug-command", "local")
	startAndWaitForLine(t, cmd)
	for deadline := time.Now().Add(30 * time.Second); ; time.Sleep(50 * time.Millisecond) {
		if testkit.Run(t, exec.Command(client, "-s", socket, "debug", "populate", "100000", "key", "64")).Stdout == "OK\n" {
			break
		}
		if time.Now().After(deadline) {
			t.Fatal("redis does not answer")
		}
	}
	testkit.Run(t, exec.Command(client, "-s", socket, "shutdown", "nosave"))
	cmd.Wait()
	if got := testkit.Status(cmd.ProcessState); got != 0 {
		t.Errorf("status %d, want 0", got)
	}
	h := peakHoldings(t, readRecording(t, file))
	wantReached(t, h, 0)
	if most := h.mostOfOne(); most < h.Live.Bytes*9/10 {
		t.Errorf("one block retains %d of %v", most, h.Live)
	}
	if t.Failed() {
		t.Log(h)
	}
}

func TestADatabasesHandleRetainsItsTable(t *testing.T) {
	sqlite := testkit.Tool(t, "sqlite3")
	_, h := recordRetained(t, nil, sqlite, ":memory:", `
		create table t(a integer primary key, b text, c real);
		with recursive n(i) as (select 1 union all select i + 1 from n where i < 50000)
			insert into t select i, 'text number ' || i, i * 1.5 from n;
		create index x on t(b)`)
	wantReached(t, h, 0)
	if most := h.mostOfOne(); most < h.Live.Bytes*99/100 {
		t.Errorf("one block retains %d of %v", most, h.Live)
	}
	if t.Failed() {
		t.Log(h)
	}
}

// Python links all objects that its collector looks at, so that each leads to all others.
func TestAListOfPythonsRetainsWhatItIsMadeOf(t *testing.T) {
	r, h := recordRetained(t, []string{"PYTHONMALLOC=malloc", "PYTHONHASHSEED=0"}, python(t), "-c", `if 1:
		import os, sys
		it = [[i + 1000000, "text number %d" % i] for i in range(200000)]
		size = sys.getsizeof
		print("bytes=%d" % (size(it) + sum(size(a) + size(a[0]) + size(a[1]) for a in it)), flush=True)
		os._exit(0) # with all that it has`)
	wantReached(t, h, 5)
	want := testkit.Counts(r.Stdout)["bytes"]
	if most := h.mostOfOne(); most < want*95/100 || most > want*105/100 {
		t.Errorf("a list of %d bytes retains %d", want, most)
	}
	if t.Failed() {
		t.Log(h)
	}
}

func TestInterpretersHaveLostNothing(t *testing.T) {
	for name, args := range map[string][]string{
		"/usr/bin/python3": {"-c", `x = [[i, "text %d" % i, (i * 0.5, [])] for i in range(20000)]`},
		"perl":             {"-e", `my %h; $h{"key $_"} = [$_, "value $_", {n => $_}] for 1..20000; print scalar(%h), "\n"`},
		"node":             {"-e", `const h = {}; for (let i = 0; i < 20000; i++) h["key" + i] = [i, Buffer.alloc(200), { n: i }]; console.log(Object.keys(h).length)`},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			_, h := recordRetained(t, []string{"PYTHONMALLOC=malloc"}, testkit.Tool(t, name), args...)
			wantReached(t, h, 5)
			if t.Failed() {
				t.Log(h)
			}
		})
	}
}
