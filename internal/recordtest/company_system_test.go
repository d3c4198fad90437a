//go:build linux && amd64

package recordtest

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"heapprof/cmd/console"
	"heapprof/internal/testkit"
)

// inNamespace runs a shell script as root in namespaces of its own, mount among
// them, so that it may mount what it likes; elsewhere the test is skipped. The
// script finds heapprof and the program in $HEAPPROF and $PROGRAM, in a directory
// of theirs that it may write to.
func inNamespace(t *testing.T, program, script string) testkit.Result {
	t.Helper()
	unshare := testkit.Tool(t, "unshare")
	if text, err := exec.Command(unshare, "-m", "mount", "-t", "tmpfs", "none", "/mnt").CombinedOutput(); err != nil {
		testkit.Skip(t, "no mount namespaces here: %v %s", err, text)
	}
	// Not below /tmp, which the script may mount over.
	dir, err := os.MkdirTemp("/run", "heapprof-test-")
	if err != nil {
		testkit.Skip(t, "no directory that stays: %v", err)
	}
	t.Cleanup(func() { os.RemoveAll(dir) })
	heapprof, err := exec.LookPath("heapprof")
	if err != nil {
		t.Fatal(err)
	}
	for name, from := range map[string]string{"heapprof": heapprof, filepath.Base(program): program} {
		copyOver(t, from, filepath.Join(dir, name))
	}
	cmd := exec.Command(unshare, "-m", "sh", "-ec", script)
	cmd.Dir = dir
	cmd.Env = append(os.Environ(), "HEAPPROF="+filepath.Join(dir, "heapprof"), "PROGRAM="+filepath.Join(dir, filepath.Base(program)))
	return testkit.Run(t, cmd)
}

// wantSaved reads the profile that a script printed behind its program's counts.
func wantSaved(t *testing.T, r testkit.Result, source string) {
	t.Helper()
	counts, profile, ok := strings.Cut(r.Stdout, "\n")
	if !ok || !strings.HasPrefix(profile, "{") {
		t.Fatalf("status %d, no profile: output %.300q, error %q", r.Status, r.Stdout, r.Stderr)
	}
	file := filepath.Join(t.TempDir(), "p.json")
	if err := os.WriteFile(file, []byte(profile), 0o644); err != nil {
		t.Fatal(err)
	}
	r.Stdout = counts
	wantOwnCounts(t, recording{r, readRecording(t, file), file}, source)
}

func TestADiskThatFillsUpLosesNoProfile(t *testing.T) {
	program := testkit.Build(t, "threads.c")
	r := inNamespace(t, program, `
		mount -t tmpfs -o size=8k none /mnt
		mount -t tmpfs none /tmp
		$HEAPPROF run -q -o /mnt/p.json $PROGRAM
		test -z "$(ls -A /mnt)"
		cat /tmp/p.json`)
	if r.Status != 0 || !strings.Contains(r.Stderr, "cannot write /mnt/p.json: no space left on device; the profile is /tmp/p.json instead") {
		t.Errorf("status %d, want 0 and the other place: %q", r.Status, r.Stderr)
	}
	wantSaved(t, r, "threads.c")
}

func TestAProfileThatNoDiskTakesIsAnError(t *testing.T) {
	r := inNamespace(t, testkit.Build(t, "threads.c"), `
		for dir in /mnt /tmp /var/tmp /dev/shm; do mount -t tmpfs -o size=8k none $dir; done
		mount -t tmpfs none /var/cache
		$HEAPPROF run -q -o /mnt/p.json $PROGRAM`)
	if r.Status != console.ExitRunFailure || !strings.Contains(r.Stderr, "no space left on device; the profile is lost") {
		t.Errorf("status %d, want %d and the reason: %q", r.Status, console.ExitRunFailure, r.Stderr)
	}
}

func TestAReadOnlyDirectoryIsSaidBeforeTheProgramRuns(t *testing.T) {
	r := inNamespace(t, testkit.Build(t, "threads.c"), `
		mount -t tmpfs -o ro none /mnt
		$HEAPPROF run -o /mnt/p.json $PROGRAM`)
	if r.Status != console.ExitRunFailure || r.Stdout != "" || !strings.Contains(r.Stderr, "/mnt: read-only file system") {
		t.Errorf("status %d, output %q, want %d and none; %q", r.Status, r.Stdout, console.ExitRunFailure, r.Stderr)
	}
}

func TestTheLibraryFindsADirectory(t *testing.T) {
	program := testkit.Build(t, "threads.c")
	for _, c := range []struct{ name, script string }{
		{"noexec /tmp and home", "for dir in /tmp /root /home; do mount -t tmpfs -o noexec none $dir; done"},
		{"noexec cache, too", "for dir in /tmp /root /home /var/cache; do mount -t tmpfs -o noexec none $dir; done"},
		{"read-only home and cache", "for dir in /root /home /var/cache; do mount -t tmpfs -o ro none $dir; done"},
		{"only /dev/shm", "for dir in /tmp /root /home /var/cache /var/tmp; do mount -t tmpfs -o ro none $dir; done; mount -o remount,exec /dev/shm"},
		{"no /dev/shm", "umount -l /dev/shm"},
		{"/dev/shm full", "mount -t tmpfs -o size=4k none /dev/shm; dd if=/dev/zero of=/dev/shm/x bs=8k count=1 2>/dev/null || true"},
	} {
		t.Run(c.name, func(t *testing.T) {
			r := inNamespace(t, program, c.script+"; env -u XDG_CACHE_HOME $HEAPPROF run -q -o p.json $PROGRAM; cat p.json")
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantSaved(t, r, "threads.c")
		})
	}
	t.Run("nowhere", func(t *testing.T) {
		r := inNamespace(t, program, `for dir in /tmp /root /home /var/cache /var/tmp /dev/shm; do mount -t tmpfs -o noexec none $dir; done
			unset XDG_CACHE_HOME XDG_RUNTIME_DIR; HOME=/root; $HEAPPROF run -q -o p.json $PROGRAM`)
		if r.Status != console.ExitRunFailure || r.Stdout != "" || !strings.Contains(r.Stderr, "XDG_CACHE_HOME") || strings.Count(r.Stderr, "\n") != 1 {
			t.Errorf("status %d, output %q, want %d and none; %q", r.Status, r.Stdout, console.ExitRunFailure, r.Stderr)
		}
	})
}

func TestLimits(t *testing.T) {
	program := testkit.Build(t, "threads.c")
	for _, c := range []struct{ name, limit, say string }{
		{name: "size of files, soft", limit: "-S -f 100", say: "ulimit -S -f"},
		{name: "descriptors", limit: "-n 16", say: "ulimit -n"},
		// Go and the C library's arenas reserve 1.8 GB before anything is in it.
		{name: "address space", limit: "-v 2600000", say: "ulimit -v"},
		{name: "core", limit: "-c 0", say: "ulimit -c"},
		{name: "stack", limit: "-s 256", say: "ulimit -s"},
		{name: "locked memory", limit: "-l 0", say: "ulimit -l"},
	} {
		t.Run(c.name, func(t *testing.T) {
			file := filepath.Join(t.TempDir(), "p.json")
			bash := testkit.Tool(t, "bash")
			cmd := exec.Command(bash, "-c", fmt.Sprintf("ulimit %s; heapprof run -q -o %s %s", c.limit, file, program))
			r := recordCommand(t, cmd, file)
			if r.Status != 0 || r.Stderr != "" {
				t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
			}
			wantOwnCounts(t, r, "threads.c")

			native := testkit.Run(t, exec.Command(bash, "-c", fmt.Sprintf("ulimit %s; bash -c '%s'", c.limit, c.say)))
			inside := testkit.Run(t, exec.Command(bash, "-c", fmt.Sprintf("ulimit %s; heapprof run -q -o %s bash -c '%s'", c.limit, file, c.say)))
			if inside != native {
				t.Errorf("the program sees the limit %+v, natively %+v", inside, native)
			}
		})
	}
	t.Run("size of files, hard", func(t *testing.T) {
		r := testkit.Run(t, exec.Command(testkit.Tool(t, "bash"), "-c", "ulimit -f 100; ulimit -f 200 2>/dev/null && exit 77; heapprof run -q -o /dev/null "+program))
		if r.Status == 77 {
			testkit.Skip(t, "root may raise its limits here")
		}
		if r.Status != console.ExitRunFailure || r.Stdout != "" || !strings.Contains(r.Stderr, "ulimit -f") {
			t.Errorf("status %d, output %q, want %d and none; %q", r.Status, r.Stdout, console.ExitRunFailure, r.Stderr)
		}
	})
}

func TestChildrenInOtherNamespacesAndRoots(t *testing.T) {
	program := testkit.Build(t, "company.c", "-O0", "-g", "-pthread")
	t.Run("process ids", func(t *testing.T) {
		r := inNamespace(t, program, `$HEAPPROF run -q --children -o '%n.json' timeout 60 unshare -p -f $PROGRAM; cat company.json`)
		if r.Status != 0 || r.Stderr != "" {
			t.Errorf("status %d, standard error %q", r.Status, r.Stderr)
		}
		wantSaved(t, r, "company.c")
	})
	t.Run("process ids, with a /proc of its own", func(t *testing.T) {
		// The recorder cannot be found from there; the program must run all the same.
		r := inNamespace(t, program, `$HEAPPROF run -q --children -o '%n.json' timeout 60 unshare -p -f --mount-proc $PROGRAM`)
		if r.Status != 0 || testkit.Counts(r.Stdout)["total_blocks"] == 0 {
			t.Errorf("status %d, output %q, error %q", r.Status, r.Stdout, r.Stderr)
		}
	})
	t.Run("heapprof, too", func(t *testing.T) {
		r := inNamespace(t, program, `unshare -p -f --mount-proc $HEAPPROF run -q -o p.json $PROGRAM; cat p.json`)
		wantSaved(t, r, "company.c")
	})
	t.Run("root directory", func(t *testing.T) {
		// A program in another root finds no library of ours; the loader says so
		// and runs it.
		r := inNamespace(t, program, `mount -t tmpfs none /mnt
			for file in $PROGRAM $(ldd $PROGRAM | grep -o '/[^ ]*'); do mkdir -p /mnt$(dirname $file); cp -L $file /mnt$file; done
			$HEAPPROF run -q --children -o '%n.json' chroot /mnt $PROGRAM`)
		if r.Status != 0 || testkit.Counts(r.Stdout)["total_blocks"] == 0 {
			t.Errorf("status %d, output %q, error %q", r.Status, r.Stdout, r.Stderr)
		}
	})
	t.Run("user", func(t *testing.T) {
		r := inNamespace(t, program, `chmod 755 .
			$HEAPPROF run -q --children -o '%n.json' setpriv --reuid=65534 --regid=65534 --clear-groups $PROGRAM`)
		if r.Status != 0 || r.Stderr != "" || testkit.Counts(r.Stdout)["total_blocks"] == 0 {
			t.Errorf("status %d, output %q, error %q", r.Status, r.Stdout, r.Stderr)
		}
	})
	t.Run("environment", func(t *testing.T) {
		r := inNamespace(t, program, `$HEAPPROF run -q --children -o '%n.json' env -i $PROGRAM`)
		if r.Status != 0 || r.Stderr != "" || testkit.Counts(r.Stdout)["total_blocks"] == 0 {
			t.Errorf("status %d, output %q, error %q", r.Status, r.Stdout, r.Stderr)
		}
	})
}
