package attach

import (
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/testkit"
)

// state is what a program may look at of itself, or others of it: what is mapped, what is open, which threads it has.
type state struct{ maps, descriptors, threads string }

// stateOf returns the state of a process the threads of which wait.
func stateOf(t *testing.T, p procfs.Process) (s state) {
	t.Helper()
	maps, err := p.Maps()
	if err != nil {
		t.Fatal(err)
	}
	for _, m := range maps {
		if m.Path != "[heap]" { // which may grow
			s.maps += strconv.FormatUint(m.Start, 16) + "-" + strconv.FormatUint(m.End, 16) + " " + m.Protection + " " + m.Path + "\n"
		}
	}
	open, _ := filepath.Glob(p.Path("fd/*"))
	for _, path := range open {
		to, _ := os.Readlink(path)
		s.descriptors += filepath.Base(path) + " " + to + "\n"
	}
	ids, _ := p.Threads()
	for _, id := range ids {
		s.threads += strconv.Itoa(id) + "\n"
	}
	return s
}

// python is a program that waits, and then computes and ends with 3.
const python = `
import sys
print("ready", flush=True)
sys.stdin.read()
print("turns=%d" % sum(len(str(i)) for i in range(1000)))
sys.exit(3)`

// TestTheLibraryComesToProgramsOfAllKinds and goes, and they are what they were.
func TestTheLibraryComesToProgramsOfAllKinds(t *testing.T) {
	own := []string{"unshare", "--pid", "--mount-proc", "--net", "--uts", "--ipc", "--fork", "--kill-child"}
	nobody := []string{"setpriv", "--reuid=65534", "--regid=65534", "--clear-groups"}
	build := func(flags ...string) string {
		return testkit.Build(t, "waiting.c", append(flags, "-O2", "-pthread")...)
	}
	for name, args := range map[string]func() []string{
		"dynamic":           func() []string { return []string{build()} },
		"not relocated":     func() []string { return []string{build("-no-pie")} },
		"static":            func() []string { return []string{build("-static")} },
		"static, relocated": func() []string { return []string{build("-static-pie")} },
		"musl": func() []string {
			return []string{testkit.BuildWith(t, testkit.Tool(t, "musl-gcc"), "waiting.c", "-O2", "-pthread")}
		},
		"musl, static": func() []string {
			return []string{testkit.BuildWith(t, testkit.Tool(t, "musl-gcc"), "waiting.c", "-O2", "-pthread", "-static")}
		},
		"python":             func() []string { return []string{testkit.Tool(t, "python3"), "-c", python} },
		"by the loader":      func() []string { return []string{"/lib64/ld-linux-x86-64.so.2", build()} },
		"in namespaces":      func() []string { return append(slices.Clone(own), build()) },
		"static in such":     func() []string { return append(slices.Clone(own), build("-static")) },
		"another user's":     func() []string { return append(slices.Clone(nobody), readable(t, build())) },
		"with a closed root": func() []string { return []string{"chroot", chrooted(t, build("-static")), "/program"} },
	} {
		t.Run(name, func(t *testing.T) {
			all := args()
			if program := all[0]; program == "unshare" || program == "setpriv" || program == "chroot" {
				probe := slices.Clone(all[:len(all)-1])
				if program == "chroot" {
					probe = []string{"chroot", "/"}
				}
				if err := exec.Command(probe[0], append(probe[1:], "true")...).Run(); err != nil {
					t.Skipf("it takes root: %v", err)
				}
			}
			s := begin(t, all...)
			if all[0] == "unshare" {
				s.proc = s.proc.Children()[0]
			}
			before := stateOf(t, s.proc)
			target := injected(t, int(s.proc))
			during := stateOf(t, s.proc)
			if during.descriptors != before.descriptors || during.threads != before.threads {
				t.Errorf("open:\n%s\nbefore:\n%s\nthreads:\n%s\nbefore:\n%s", during.descriptors, before.descriptors, during.threads, before.threads)
			}
			t.Logf("stopped for %v", target.Pauses())
			if d, err := Detach(target.Proc, target.Undo, DetachOptions{Token: target.Token}); err != nil || d.Left != 0 {
				t.Errorf("%+v, %v", d, err)
			} else {
				t.Logf("and at the end for %v", d.Pauses)
			}
			if after := stateOf(t, s.proc); after != before {
				t.Errorf("%+v\nbefore:\n%+v", after, before)
			}
			s.FinishUnseen(t)
		})
	}
}

// readable copies a program to where all may read it.
func readable(t *testing.T, program string) string {
	t.Helper()
	dir, err := os.MkdirTemp("/tmp", "heapprof-attach-")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	content, err := os.ReadFile(program)
	if err != nil {
		t.Fatal(err)
	}
	path := filepath.Join(dir, "program")
	if err := os.WriteFile(path, content, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	return path
}

// chrooted returns a directory that is to be a root, with nothing in it but a program.
func chrooted(t *testing.T, program string) string {
	return strings.TrimSuffix(readable(t, program), "/program")
}
