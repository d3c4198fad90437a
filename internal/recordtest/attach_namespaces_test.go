//go:build linux && amd64

package recordtest

import (
	"bufio"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"syscall"
	"testing"

	"heapprof/internal/procfs"
	"heapprof/internal/profile"
	"heapprof/internal/testkit"
)

// visitIn starts visited.c as the last command of a shell script, as $1, with a command before it.
func visitIn(t *testing.T, script string, before ...string) *visited {
	t.Helper()
	bin := testkit.Build(t, "visited.c", "-O1", "-g", "-pthread")
	words := append(slices.Clone(before), "sh", "-ec", script, "sh", bin, strconv.Itoa(visitedThreads))
	v := &visited{t: t, cmd: exec.Command(words[0], words[1:]...)}
	v.cmd.SysProcAttr = &syscall.SysProcAttr{Pdeathsig: syscall.SIGKILL}
	var err error
	if v.in, err = v.cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := v.cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	v.out = bufio.NewReader(out)
	if err := v.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		v.in.Close()
		v.cmd.Wait()
	})
	v.line()
	return v
}

// called returns the process of that name among the descendants of a process.
func called(t *testing.T, name string, pid int) int {
	t.Helper()
	for all := []procfs.Process{procfs.Process(pid)}; len(all) > 0; all = all[1:] {
		if is, err := all[0].ThreadName(uint64(all[0])); err == nil && is == name {
			return int(all[0])
		}
		all = append(all, all[0].Children()...)
	}
	t.Fatalf("no process is called %s", name)
	return 0
}

// TestAProcessInNamespacesOfItsOwnIsAttachedToFromOutside: its files are found where only it sees them, so that functions have their names and lines.
func TestAProcessInNamespacesOfItsOwnIsAttachedToFromOutside(t *testing.T) {
	unshare := []string{"unshare", "-Urpmnf", "--mount-proc"}
	if err := exec.Command(unshare[0], append(unshare[1:], "true")...).Run(); err != nil {
		testkit.Skip(t, "no namespaces can be made: %v", err)
	}
	place := t.TempDir()
	hidden := fmt.Sprintf(`mount -t tmpfs none %[1]s; cp "$1" %[1]s/hidden; `, place)
	for name, script := range map[string]string{
		"of processes and files": hidden + `exec ` + place + `/hidden "$2"`,
		"without a /proc":        hidden + `umount -l /proc; exec ` + place + `/hidden "$2"`,
		"with another root":      hidden + chrootScript(place),
		"as process 2 in there":  hidden + place + `/hidden "$2" <&3 & wait`,
		"whose file has no name": hidden + `(sleep 0.2; rm ` + place + `/hidden) & exec ` + place + `/hidden "$2"`,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			v := visitIn(t, "exec 3<&0; "+script, unshare...)
			pid := called(t, "hidden", v.cmd.Process.Pid)
			before := testkit.Counts(v.ask("w"))
			a := attachTo(t, pid)
			after := testkit.Counts(v.ask("w"))
			p := a.end(syscall.SIGINT)
			if got, want := p.Totals().TotalBlocks, after["blocks"]-before["blocks"]; got != want || want == 0 {
				t.Errorf("%d blocks, want %d", got, want)
			}
			named := func(f profile.Frame) bool {
				return f.Function == "work" && filepath.Base(f.File) == "visited.c" && f.Line > 0
			}
			if !slices.ContainsFunc(p.Frames, named) {
				t.Errorf("no frame is called work: %v", p.Frames)
			}
			text, err := os.ReadFile(procfs.Process(pid).Path("maps"))
			if err != nil || strings.Contains(string(text), "memfd:heapprof") {
				t.Errorf("%v, %s", err, text)
			}
			v.ask("w")
		})
	}
}

// chrootScript returns a script that executes the program of that directory with the directory as its root.
func chrootScript(dir string) string {
	return fmt.Sprintf(`for f in $(ldd "$1" | grep -o '/[^ ]*'); do mkdir -p %[1]s$(dirname $f); cp $f %[1]s$f; done; exec chroot %[1]s /hidden "$2"`, dir)
}
